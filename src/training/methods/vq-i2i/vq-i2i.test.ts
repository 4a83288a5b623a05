import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../../core/tensor.ts';
import { initializeNetwork } from '../../../nn/initialize.ts';
import { lpips } from '../../../nn/networks/lpips.ts';
import type { Scope } from '../../../nn/scope.ts';
import { describeNetwork } from '../../../nn/sources.ts';
import { GraphBuilder } from '../../../onnx/builder.ts';
import { optimize } from '../../../onnx/passes/index.ts';
import { evaluate } from '../../../testing/evaluate.ts';
import { type VqI2iOptions, vqI2iSchema } from '../../config/vq-i2i.ts';
import { initialState, type TrainingState } from '../../step/state.ts';
import { StepBuilder } from '../../step/step-builder.ts';
import { type StepReport, StepRunner } from '../../step/step-runner.ts';
import { stateInputs } from '../../step/training-graph.ts';
import { noiseSteps } from '../../testing/batches.ts';
import { weightedSum } from '../../testing/train-steps.ts';
import type { StepContext } from '../method.ts';
import { vqI2i } from './vq-i2i.ts';

const shape = [1, 3, 16, 16] as const;
/** Entries of the codebook; a picture has 64 places. */
const entries = 40;
const embedding = 'autoencoder.quantize.embedding.weight';

/** The smallest networks that have every part. */
function tinyOptions(changes: object = {}): VqI2iOptions {
  return vqI2iSchema.parse({
    generator: {
      filters: 32,
      multipliers: [1, 1],
      residualBlocks: 1,
      attentionResolutions: [8],
      contentChannels: 4,
    },
    codebook: { size: entries, dimension: 3 },
    style: { channels: 2, perceptronChannels: 4 },
    discriminator: { filters: 2, layers: 1 },
    optimizer: { learningRate: 0.001 },
    ...changes,
  });
}

const before = initialState(vqI2i(tinyOptions(), shape), 1, false);

async function train(
  changes: object,
  steps: number,
): Promise<{ reports: StepReport[]; state: TrainingState }> {
  const runner = await StepRunner.open(vqI2i(tinyOptions(changes), shape), before, {
    seed: 1,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay: 0,
    stepsPerRun: 1,
    learningRateAt: () => 1,
  });
  try {
    const reports: StepReport[] = [];
    for (const context of noiseSteps(1, steps, shape)) reports.push(...(await runner.run([context])));
    return { reports, state: runner.state };
  } finally {
    await runner.close();
  }
}

/** LPIPS on a VGG-16 of a few channels. */
function narrowLpips() {
  const picture = (scope: Scope, name: string) => scope.graph.input(name, 'float32', shape);
  const state = describeNetwork((scope) =>
    lpips({ widths: [2, 2, 2, 2, 2] }).forward(scope, picture(scope, 'x'), picture(scope, 'y')),
  );
  const drawn = initializeNetwork(state, { type: 'xavier', gain: 1 }, Random.of(2));
  // Published weights of the five differences are positive.
  const positive = (tensor: Tensor) => float32(tensor.dims, toNumbers(tensor).map(Math.abs));
  return new Map(
    [...drawn].map(([name, tensor]) => [name, name.startsWith('lin') ? positive(tensor) : tensor]),
  );
}

/** The losses of a step that nothing follows from. */
async function lossesOf(changes: object): Promise<Record<string, number>> {
  const graph = new GraphBuilder('losses');
  const feeds: Record<string, Tensor> = Object.fromEntries(before);
  const method = vqI2i(tinyOptions(changes), shape);
  const [context] = noiseSteps(1, 1, shape) as [StepContext];
  const builder = new StepBuilder({
    graph,
    method,
    state: stateInputs(graph, before),
    feed(feed) {
      feeds[feed.name] = feed.provide(context, Random.of(1));
      return graph.input(feed.name, feed.dtype, feed.shape);
    },
    averageDecay: 0,
    update: false,
    frozen: new Map([['perceptual', narrowLpips()]]),
    learningRateAt: () => 1,
  });
  method.steps[0]?.build(builder);
  const reports = await evaluate(optimize(graph.build(Object.fromEntries(builder.reports))), feeds);
  return Object.fromEntries(Object.entries(reports).map(([name, { data }]) => [name, Number(data[0])]));
}

const numbers = (state: TrainingState, name: string) => toNumbers(state.get(name) as Tensor);
const rowsOf = (state: TrainingState) => {
  const values = numbers(state, embedding);
  return Array.from({ length: entries }, (_, row) => values.slice(3 * row, 3 * row + 3));
};

describe('a step with the published weights', () => {
  let losses: Readonly<Record<string, number>>;
  let after: TrainingState;
  beforeAll(async () => {
    const { reports, state } = await train({}, 1);
    losses = reports[0]?.losses ?? {};
    after = state;
  });

  it('adds up as published', () => {
    const total = weightedSum(losses, { nll_a: 5, nll_b: 5, g_a: 0.1, g_b: 0.1, quant_a: 1, quant_b: 1 });
    const { gen, ae_a, ae_b } = losses;
    expect(gen).toBeCloseTo((ae_a ?? 0) + (ae_b ?? 0), 4);
    // What is left is the realism of reconstructions, a fiftieth of a logit that is near 0 at the start.
    expect(Math.abs((gen ?? 0) - total)).toBeLessThan(0.02);
    expect(losses.disc_a).toBeCloseTo(weightedSum(losses, { disc_a_fake: 1, disc_a_rec: 0.2 }), 5);
  });

  it('tells style and content losses that it does not train on', () => {
    for (const name of ['style_a', 'style_b', 'content_a', 'content_b']) {
      expect(losses[name], name).toBeGreaterThan(0);
    }
    expect(losses).not.toHaveProperty('cross_a');
  });

  it('tells how much of the codebook is used', () => {
    const taken = [...numbers(after, 'memory/codeTakenAt')].filter((step) => step === 1).length;
    expect(losses.codes_used).toBe(taken);
    expect(losses.perplexity_a).toBeGreaterThanOrEqual(1);
    expect(losses.perplexity_a).toBeLessThanOrEqual(taken);
  });

  it('moves every network, and of the codebook what was taken', () => {
    const moved = [...before.keys()].filter(
      (name) => `${numbers(before, name)}` !== `${numbers(after, name)}`,
    );
    const modules = new Set(
      moved.filter((name) => !/\/|norm\.running/.test(name)).map((name) => /^\w+\.\w+/.exec(name)?.[0]),
    );
    const domain = ['style_enc', 'mlp', 'decoder'].flatMap((name) => [`${name}_a`, `${name}_b`]);
    const shared = ['encoder', 'quant_conv', 'quantize', 'post_quant_conv'];
    const own = [...shared, ...domain].map((name) => `autoencoder.${name}`);
    expect([...modules].sort()).toEqual([...own, 'discriminatorA.main', 'discriminatorB.main'].sort());
    const takenAt = numbers(after, 'memory/codeTakenAt');
    const [old, now] = [rowsOf(before), rowsOf(after)];
    for (const [row, step] of takenAt.entries()) expect(`${now[row]}` === `${old[row]}`).toBe(step === 0);
  });
});

describe('weights', () => {
  it('of style and content count where they are asked for', async () => {
    const losses = await lossesOf({ styleRegressionWeight: 2, contentRegressionWeight: 3 });
    const consistency = { style_a: 2, style_b: 2, content_a: 3, content_b: 3 };
    expect(losses.gen).toBeCloseTo(weightedSum(losses, { ae_a: 1, ae_b: 1, ...consistency }), 4);
  });

  it('of paired pictures are the published ones', async () => {
    const losses = await lossesOf({ paired: true });
    const alike = { style_a: 0.25, style_b: 0.25, content_a: 0.25, content_b: 0.25 };
    const sum = weightedSum(losses, { ae_a: 1, ae_b: 1, ...alike, cross_a: 1.5, cross_b: 1.5 });
    expect(losses.gen).toBeCloseTo(sum, 4);
    expect(losses.disc_b).toBeCloseTo(weightedSum(losses, { disc_b_fake: 0.8, disc_b_rec: 0.2 }), 5);
  });
});

describe('steps before the adversarial start', () => {
  let early: Awaited<ReturnType<typeof train>>;
  let weightless: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    [early, weightless] = await Promise.all([
      train({ adversarialStart: 1 }, 1),
      train({ adversarialWeight: 0 }, 1),
    ]);
  });

  it('train as those without its weight do, and judge nothing', () => {
    const reported = [
      'codes_used',
      'gen',
      'nll_a',
      'nll_b',
      'perplexity_a',
      'perplexity_b',
      'quant_a',
      'quant_b',
    ];
    expect(Object.keys(early.reports[0]?.losses ?? {}).sort()).toEqual(reported);
    const name = 'autoencoder.decoder_a.conv_out.weight';
    expect([...numbers(early.state, name)]).not.toEqual([...numbers(before, name)]);
    const expected = numbers(weightless.state, name);
    for (const [index, value] of numbers(early.state, name).entries())
      expect(value).toBeCloseTo(expected[index] as number, 5);
    const judge = 'discriminatorA.main.0.weight';
    expect([...numbers(early.state, judge)]).toEqual([...numbers(before, judge)]);
  });

  it('are followed by whole ones', () => {
    const method = vqI2i(tinyOptions({ adversarialStart: 2 }), shape);
    const names = [1, 2, 3, 4].map((iteration) => method.steps[method.stepAt(iteration)]?.name);
    expect(names).toEqual(['reconstruction', 'reconstruction', 'step', 'step']);
  });
});

describe('styles that start as in MUNIT', () => {
  it('tell pictures apart that they hardly do otherwise', async () => {
    const variance = (state: TrainingState, name: string) => {
      const values = numbers(state, name);
      return values.reduce((sum, value) => sum + value * value, 0) / values.length;
    };
    const style = { channels: 2, perceptronChannels: 4, initialization: 'kaiming' };
    const kaiming = initialState(vqI2i(tinyOptions({ style }), shape), 1, false);
    const layer = 'autoencoder.style_enc_a.model.4.conv.weight';
    // Of U(-1 / sqrt(n), 1 / sqrt(n)) it is 1 / 3n, of He's normal distribution 2 / n.
    expect(variance(kaiming, layer) / variance(before, layer)).toBeGreaterThan(4);
    const content = 'autoencoder.encoder.conv_in.weight';
    expect([...numbers(kaiming, content)]).toEqual([...numbers(before, content)]);
  });
});

describe('the perceptual distance', () => {
  it('is added to that of the pixels where an extractor is there', async () => {
    const pixels = await lossesOf({});
    const both = await lossesOf({ perceptual: 'extractors/narrow' });
    const half = await lossesOf({ perceptual: 'extractors/narrow', perceptualWeight: 0.5 });
    const added = (losses: Record<string, number>) => (losses.nll_a ?? 0) - (pixels.nll_a ?? 0);
    expect(added(both)).toBeGreaterThan(0.01);
    expect(added(half)).toBeCloseTo(added(both) / 2, 5);
    expect(both.g_a).toBe(pixels.g_a);
  });
});

describe('the revival of dead codes', () => {
  let losses: Readonly<Record<string, number>>;
  let after: TrainingState;
  /** Without a codebook loss nothing but revival moves an entry. */
  const moved = () => rowsOf(after).filter((entry, row) => `${entry}` !== `${rowsOf(before)[row]}`);
  beforeAll(async () => {
    const codebook = { size: entries, dimension: 3, revivalSteps: 2, weight: 0 };
    const { reports, state } = await train({ codebook }, 2);
    losses = reports[1]?.losses ?? {};
    after = state;
  });

  it('moves the entries that were not taken for so many steps, and no others', () => {
    expect(moved().length).toBeGreaterThan(0);
    expect(moved()).toHaveLength(entries - (losses.codes_used ?? 0));
  });

  it('moves them to where features are', () => {
    // These are far larger than the entries that a codebook begins with.
    for (const entry of moved()) expect(Math.max(...entry.map(Math.abs))).toBeGreaterThan(2 / entries);
  });

  it('gives each as long again', () => {
    expect(numbers(after, 'memory/codeTakenAt')).not.toContain(0);
  });
});
