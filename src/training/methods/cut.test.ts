import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import type { TrainingConfig } from '../config/index.ts';
import { initialState, stateDictOf } from '../step/state.ts';
import { StepBuilder } from '../step/step-builder.ts';
import { buildTrainingGraph } from '../step/training-graph.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { trainSteps } from '../testing/train-steps.ts';
import { methodOf } from './index.ts';
import type { Method, StepContext } from './method.ts';

const shape = [1, 3, 16, 16];

async function train(config: TrainingConfig, contexts: readonly StepContext[]) {
  return (await trainSteps(config, contexts)).losses;
}

function graphOf(changes: object) {
  const method = methodOf(tinyConfig(changes));
  const [kind] = method.steps as [Method['steps'][number]];
  return buildTrainingGraph(method, kind, initialState(method, 0, false), {
    averageDecay: 0,
    learningRateAt: () => 1,
    stepsPerRun: 1,
  });
}

describe('the losses', () => {
  it('of CUT add up as published', async () => {
    const options = { adversarialWeight: 0.5, contrastiveWeight: 2 };
    const [losses] = await train(tinyConfig({ options }), noiseSteps(1, 1, shape));
    expect(Object.keys(losses ?? {})).toEqual(['D_fake', 'D_real', 'D', 'G_GAN', 'NCE', 'NCE_Y', 'G']);
    const { D_fake, D_real, D, G_GAN, NCE, NCE_Y, G } = losses as Record<string, number>;
    expect(D).toBeCloseTo(((D_fake as number) + (D_real as number)) / 2, 6);
    expect(G).toBeCloseTo((G_GAN as number) + ((NCE as number) + (NCE_Y as number)) / 2, 5);
  });

  it('of FastCUT leave out the identity', async () => {
    const [losses] = await train(tinyConfig({ method: 'fastcut' }), noiseSteps(1, 1, shape));
    expect(Object.keys(losses ?? {})).toEqual(['D_fake', 'D_real', 'D', 'G_GAN', 'NCE', 'G']);
    const { G_GAN, NCE, G } = losses as Record<string, number>;
    expect(G).toBeCloseTo((G_GAN as number) + (NCE as number), 5);
  });

  it('scale with their weights', async () => {
    const at = async (options: object) => (await train(tinyConfig({ options }), noiseSteps(1, 1, shape)))[0];
    const [one, other] = [await at({}), await at({ adversarialWeight: 3, contrastiveWeight: 5 })];
    expect(other?.G_GAN).toBeCloseTo(3 * (one?.G_GAN as number), 4);
    expect(other?.NCE).toBeCloseTo(5 * (one?.NCE as number), 3);
  });

  it('fall when the same pictures come again and again', async () => {
    const [context] = noiseSteps(1, 1, shape) as [StepContext];
    const steps = Array.from({ length: 40 }, (_, index) => ({ ...context, iteration: index + 1 }));
    const losses = await train(tinyConfig({ options: { generator: { filters: 4 } } }), steps);
    const mean = (name: string, from: number) =>
      losses.slice(from, from + 8).reduce((sum, loss) => sum + (loss[name] as number) / 8, 0);
    expect(mean('NCE', 32)).toBeLessThan(mean('NCE', 0) * 0.9);
    expect(mean('D_real', 32)).toBeLessThan(mean('D_real', 0));
  });
});

describe('flip equivariance', () => {
  it('mirrors about half of the steps', () => {
    const { feeds } = graphOf({ method: 'fastcut' });
    const coin = feeds.find(({ name }) => name === 'mirrored');
    const sides = Array.from({ length: 200 }, (_, step) =>
      toNumbers(coin?.provide({} as StepContext, Random.of(1, step)) as Tensor),
    ).flat();
    expect(sides.every((side) => side === 0 || side === 1)).toBe(true);
    const mirrored = sides.filter((side) => side === 1).length;
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
  });

  it('is not a part of CUT', () => {
    expect(graphOf({}).feeds.map(({ name }) => name)).not.toContain('mirrored');
  });
});

describe('the graph', () => {
  const convolutions = (changes: object) =>
    graphOf(changes).graph.nodes.filter(({ operator }) => operator === 'Conv').length;

  it('computes the features of the sources once, as part of their translation', () => {
    // Down to the last feature layer the generator has five convolutions and two blurs.
    const encoder = 5 + 2;
    const once = convolutions({ options: { identityContrast: false } });
    const twice = convolutions({ options: { identityContrast: false, flipEquivariance: true } });
    expect(twice - once).toBe(encoder);
  });

  it('runs both domains through the generator together', () => {
    expect(convolutions({})).toBe(convolutions({ options: { identityContrast: false } }));
  });
});

it('samples negatives from the own picture, or from the whole batch', async () => {
  const batch = { batchSize: 2 };
  const contexts = noiseSteps(1, 1, [2, 3, 16, 16]);
  const [own] = await train(tinyConfig(batch), contexts);
  const [all] = await train(tinyConfig({ ...batch, options: { negativesFromMinibatch: true } }), contexts);
  // More negatives make the choice harder.
  expect(all?.NCE).toBeGreaterThan(own?.NCE as number);
});

it('takes a pixel discriminator too', async () => {
  const options = { discriminator: { kind: 'pixel' } };
  const [losses] = await train(tinyConfig({ options }), noiseSteps(1, 1, shape));
  expect(Number.isFinite(losses?.D)).toBe(true);
});

describe('batch norm', () => {
  const config = tinyConfig({ options: { generator: { normalization: 'batch' } } });
  const method = methodOf(config);
  const weights = initialState(method, 1, false);

  /** Mean over pictures and places of each channel before the first norm. */
  async function meansOf(pictures: Tensor): Promise<number[]> {
    const own = stateDictOf(method, weights, 'generator', false);
    const input = { x: { dtype: 'float32' as const, shape: pictures.dims } };
    const { generator } = config.options;
    const graph = networkGraph('stem', own, input, (scope, x) =>
      scope.graph.ReduceMean(
        resnetGenerator(generator).encode(scope, x as Value, [1])[0] as Value,
        [0, 2, 3],
        false,
      ),
    );
    return toNumbers(await evaluateOne(graph, { x: pictures }));
  }

  it('sees the passes in the published order: all, then of each domain translation and source', async () => {
    const graph = new GraphBuilder('step');
    const [context] = noiseSteps(1, 1, shape) as [StepContext];
    const feeds: Record<string, Tensor> = Object.fromEntries(weights);
    const builder = new StepBuilder({
      graph,
      method,
      state: new Map([...weights].map(([name, { dtype, dims }]) => [name, graph.input(name, dtype, dims)])),
      feed: (feed) => {
        feeds[feed.name] = feed.provide(context, Random.of(1, feed.name));
        return graph.input(feed.name, feed.dtype, feed.shape);
      },
      averageDecay: 0,
      update: false,
      learningRateAt: () => 1,
    });
    method.steps[0]?.build(builder);
    const running = builder.state.get('generator.model.2.running_mean') as Value;
    const outputs = await evaluate(optimize(graph.build([...builder.observed.values(), running])), feeds);
    const [fakeB, identityB, after] = Object.values(outputs) as [Tensor, Tensor, Tensor];
    const { A, B } = context.batch as Record<'A' | 'B', Tensor<'float32'>>;
    const both = float32([2, ...shape.slice(1)], [...A.data, ...B.data]);
    let expected = [0, 0];
    for (const pictures of [both, fakeB, A, identityB, B]) {
      const means = await meansOf(pictures);
      expected = expected.map((value, channel) => 0.9 * value + 0.1 * (means[channel] as number));
    }
    expectClose(after, expected, { rtol: 1e-4, atol: 1e-5 });
  });
});
