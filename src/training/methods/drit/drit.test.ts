import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { type Tensor, toNumbers } from '../../../core/tensor.ts';
import { GraphBuilder } from '../../../onnx/builder.ts';
import { optimize } from '../../../onnx/passes/index.ts';
import { evaluate } from '../../../testing/evaluate.ts';
import { uniforms } from '../../../testing/samples.ts';
import { phasesOf } from '../../step/accumulation.ts';
import { initialState } from '../../step/state.ts';
import { StepBuilder } from '../../step/step-builder.ts';
import { buildTrainingGraph, stateInputs } from '../../step/training-graph.ts';
import { tinyDrit } from '../../testing/tiny-drit.ts';
import { trainSteps, weightedSum } from '../../testing/train-steps.ts';
import { methodOf } from '../index.ts';
import type { Method, StepContext, StepKind } from '../method.ts';

const shape = [2, 3, 32, 32];

/** Pictures of A are light, those of B dark: the same in every step. */
function plainPictures(count: number, pictures: readonly number[] = shape): StepContext[] {
  const ground = (domain: string, [low, high]: readonly [number, number]) =>
    uniforms(pictures, [low, high], 'ground', domain);
  const batch = { A: ground('A', [0.5, 0.7]), B: ground('B', [-0.7, -0.5]) };
  return Array.from({ length: count }, (_, index) => ({ iteration: index + 1, epoch: 1, batch }));
}

/** Everything that a kind of step writes into its graph. */
function written(method: Method, kind = 0, update = true): StepBuilder {
  const graph = new GraphBuilder('step');
  const step = new StepBuilder({
    graph,
    method,
    state: stateInputs(graph, initialState(method, 1, false)),
    feed: ({ name, dtype, shape }) => graph.input(name, dtype, shape),
    averageDecay: 0,
    update,
    learningRateAt: () => 1,
  });
  method.steps[kind]?.build(step);
  return step;
}

/** The losses of a full step at the first weights, by a graph that computes nothing else. */
async function firstLosses(options: object = {}, changes: object = {}): Promise<Record<string, number>> {
  const config = tinyDrit({ options, ...changes });
  const method = methodOf(config);
  const step = written(method, 0, false);
  const graph = optimize(step.graph.build([...step.reports.values()]));
  const [context] = plainPictures(1, [2, 3, config.cropSize, config.cropSize]) as [StepContext];
  const feeds = step.feeds.map(({ name, provide }) => [name, provide(context, Random.of(1, name))] as const);
  const given = new Map<string, Tensor>([...initialState(method, 1, false), ...feeds]);
  const inputs = graph.inputs.map(({ name }) => [name, given.get(name) as Tensor] as const);
  const outputs = await evaluate(graph, Object.fromEntries(inputs));
  const values = graph.outputs.map(({ name }) => toNumbers(outputs[name] as Tensor)[0] as number);
  return Object.fromEntries([...step.reports.keys()].map((name, index) => [name, values[index] as number]));
}

const both = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 1]));
const ofPictures = ['gan_loss_a', 'gan_loss_b', 'l1_recon_A_loss', 'l1_recon_B_loss'];
const ofCodes = ['gan_loss_acontent', 'gan_loss_bcontent', 'kl_loss_zc_a', 'kl_loss_zc_b'];
const encoded = [
  ...ofPictures,
  ...ofCodes,
  'l1_recon_AA_loss',
  'l1_recon_BB_loss',
  'kl_loss_za_a',
  'kl_loss_za_b',
];
const random = ['gan2_loss_a', 'gan2_loss_b', 'l1_recon_z_loss_a', 'l1_recon_z_loss_b'];
const discriminators = ['disA', 'disA2', 'disB', 'disB2', 'disContent'];

describe('the losses', () => {
  it('add up as published', async () => {
    const losses = await firstLosses();
    const seeking = ['lz_AB', 'lz_BA'];
    const totals = ['EG_total', 'G_alone_total'];
    expect(Object.keys(losses).sort()).toEqual(
      [...encoded, ...random, ...seeking, ...discriminators, ...totals].sort(),
    );
    expect(losses.EG_total).toBeCloseTo(weightedSum(losses, both(encoded)), 3);
    expect(losses.G_alone_total).toBeCloseTo(weightedSum(losses, both([...random, ...seeking])), 3);
  });

  it('scale with their weights', async () => {
    const options = {
      adversarialWeight: 2,
      contentAdversarialWeight: 3,
      crossCycleWeight: 40,
      selfReconstructionWeight: 50,
      attributePriorWeight: 0.06,
      contentPriorWeight: 0.07,
      latentRegressionWeight: 80,
      modeSeekingWeight: 9,
    };
    const [usual, other] = [await firstLosses(), await firstLosses(options)];
    const factors = {
      gan_loss_a: 2,
      gan2_loss_b: 2,
      gan_loss_bcontent: 3,
      l1_recon_A_loss: 4,
      l1_recon_BB_loss: 5,
      kl_loss_za_a: 6,
      kl_loss_zc_b: 7,
      l1_recon_z_loss_a: 8,
      lz_AB: 9,
    };
    for (const [name, factor] of Object.entries(factors)) {
      expect((other[name] as number) / (usual[name] as number), name).toBeCloseTo(factor, 3);
    }
    // The discriminators' own losses have no weight.
    for (const name of discriminators) expect(other[name]).toBeCloseTo(usual[name] as number, 4);
  });

  it('begin where a discriminator that knows nothing leaves them: log 2 a judgement and scale', async () => {
    const losses = await firstLosses();
    const [judgements, scales] = [2, 2];
    expect(losses.disA).toBeCloseTo(judgements * scales * Math.LN2, 1);
    // Two translations with random codes, and the real pictures beside each of them.
    expect(losses.disB2).toBeCloseTo(2 * judgements * scales * Math.LN2, 1);
    expect(losses.disContent).toBeCloseTo(2 * Math.LN2, 0);
    expect(losses.gan_loss_acontent).toBeCloseTo(Math.LN2, 1);
  });

  it('fall when the same pictures come again and again', async () => {
    const options = { contentSteps: 1, optimizer: { learningRate: 0.01 } };
    const { losses } = await trainSteps(tinyDrit({ options }), plainPictures(24));
    const mean = (name: string, from: number) =>
      losses.slice(from, from + 6).reduce((sum, report) => sum + (report[name] as number) / 6, 0);
    for (const name of ['l1_recon_AA_loss', 'l1_recon_B_loss', 'EG_total']) {
      expect(mean(name, 18), name).toBeLessThan(mean(name, 0) * 0.9);
    }
  });
});

describe('the schedule', () => {
  const pattern = (options: object) => {
    const method = methodOf(tinyDrit({ options }));
    return [1, 2, 3, 4, 5, 6, 7].map((iteration) => method.steps[method.stepAt(iteration)]?.name);
  };

  it('updates the content discriminator alone in all but every third step', () => {
    const [alone, all] = ['content discriminator', 'step'];
    expect(pattern({})).toEqual([alone, alone, all, alone, alone, all, alone]);
    expect(pattern({ contentSteps: 2 })).toEqual([alone, all, alone, all, alone, all, alone]);
    expect(new Set(pattern({ contentSteps: 1 }))).toEqual(new Set([all]));
  });

  it('changes nothing but the content discriminator in a step of its own', () => {
    const method = methodOf(tinyDrit());
    const step = method.steps.findIndex(({ name }) => name === 'content discriminator');
    const options = { averageDecay: 0, learningRateAt: () => 1, stepsPerRun: 1 };
    const state = initialState(method, 1, false);
    const graph = buildTrainingGraph(method, method.steps[step] as StepKind, state, options);
    expect(graph.reports).toEqual(['disContent']);
    const own = /^(adam\.contentDiscriminator\.\w+\/)?disContent\./;
    expect(graph.changed.length).toBeGreaterThan(0);
    expect(graph.changed.filter((name) => !own.test(name))).toEqual([]);
  });

  it('counts the steps of each optimizer as they are taken', () => {
    const method = methodOf(tinyDrit());
    const stepped = method.steps.map((_, kind) =>
      written(method, kind).minimized.flatMap(({ optimizers }) => optimizers),
    );
    for (const [name, { updatesBefore }] of Object.entries(method.optimizers)) {
      let taken = 0;
      for (let iteration = 1; iteration <= 10; iteration++) {
        expect(updatesBefore?.(iteration) ?? iteration - 1, `${name}, ${iteration}`).toBe(taken);
        taken += stepped[method.stepAt(iteration)]?.filter((optimizer) => optimizer === name).length ?? 0;
      }
    }
  });

  it('lets encoder and generator step on both of their losses, and micro-batches share the passes of both', () => {
    const config = tinyDrit();
    const method = methodOf(config);
    const phases = phasesOf(method, method.steps[0] as Method['steps'][0], initialState(method, 1, false), {
      averageDecay: 0,
      learningRateAt: () => 1,
      stepsPerRun: 1,
    });
    expect(phases.map(({ turns }) => turns.map(({ optimizers }) => optimizers))).toEqual([
      [['discriminators', 'contentDiscriminator']],
      [['generator', 'attributeEncoder'], ['generator']],
    ]);
  });
});

describe('other options', () => {
  const feeds = (options: object) => written(methodOf(tinyDrit({ options }))).feeds.map(({ name }) => name);

  it('clip the gradients of encoders and generator only when asked', () => {
    const limits = (options: object) =>
      Object.entries(methodOf(tinyDrit({ options })).optimizers).map(([name, { gradientNorm }]) => [
        name,
        gradientNorm,
      ]);
    const published = { contentDiscriminator: 5, discriminators: undefined };
    expect(Object.fromEntries(limits({}))).toEqual({
      ...published,
      attributeEncoder: undefined,
      generator: undefined,
    });
    expect(Object.fromEntries(limits({ gradientNorm: 100 }))).toEqual({
      ...published,
      attributeEncoder: 100,
      generator: 100,
    });
  });

  it('feature-wise encode codes that are not drawn, held to 0 by their mean square', async () => {
    const generator = { variant: 'feature-wise' };
    expect(feeds({ generator }).filter((name) => name.startsWith('eps_'))).toEqual([]);
    expect(feeds({}).filter((name) => name.startsWith('eps_'))).toHaveLength(4);
    const losses = await firstLosses({ generator });
    expect(losses.EG_total).toBeCloseTo(weightedSum(losses, both(encoded)), 3);
    expect(losses.kl_loss_za_a).toBeGreaterThan(0);
  });

  it('without mode seeking draw one random code, and judge one translation with it; two scales or one', async () => {
    expect(feeds({})).toContain('z_random2');
    expect(feeds({ modeSeekingWeight: 0 })).not.toContain('z_random2');
    const options = { modeSeekingWeight: 0, discriminator: { scales: 1, filters: 1 } };
    const first = await firstLosses(options, { cropSize: 64, loadSize: 64 });
    expect(Object.keys(first).filter((name) => name.startsWith('lz_'))).toEqual([]);
    expect(first.disA).toBeCloseTo(2 * Math.LN2, 1);
    expect(first.disA2).toBeCloseTo(2 * Math.LN2, 1);
    expect(first.G_alone_total).toBeCloseTo(weightedSum(first, both(random)), 3);
  });

  it('with spectral norm move the vectors of each discriminator of pictures', () => {
    const method = methodOf(tinyDrit({ options: { discriminator: { spectralNorm: true } } }));
    const { state } = written(method);
    const vectors = [...state].filter(([name]) => name.endsWith('weight_u'));
    expect(new Set(vectors.map(([name]) => name.split('.')[0]))).toEqual(new Set(discriminators.slice(0, 4)));
    // An input of the graph has no producer: it would be the vector as it was.
    expect(vectors.filter(([, { producer }]) => producer === undefined)).toEqual([]);
  });

  it('halve a batch: one half is encoded, the other shown', () => {
    const shapes = new Map(
      written(methodOf(tinyDrit({ batchSize: 6 }))).feeds.map(({ name, shape }) => [name, shape]),
    );
    expect(shapes.get('input_A')).toEqual([6, 3, 32, 32]);
    expect(shapes.get('n0')).toEqual([3, 8, 8, 8]);
    expect(shapes.get('z_random')).toEqual([3, 3]);
  });

  it('refuse a batch that has no halves', () => {
    expect(() => tinyDrit({ batchSize: 3 })).toThrow('batchSize');
  });

  it('refuse pictures of their own sizes', () => {
    expect(() => tinyDrit({ preprocess: 'none' })).toThrow('drit joins content of both domains');
  });
});
