import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import type { TrainingConfig } from '../config/index.ts';
import { initialState } from '../step/state.ts';
import { StepRunner } from '../step/step-runner.ts';
import { buildTrainingGraph } from '../step/training-graph.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { methodOf } from './index.ts';
import type { Method, StepContext } from './method.ts';

const shape = [1, 3, 16, 16];

async function train(config: TrainingConfig, contexts: readonly StepContext[]) {
  const method = methodOf(config);
  const runner = await StepRunner.open(method, initialState(method, 1, false), {
    seed: 1,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay: 0,
    stepsPerRun: 1,
    learningRateAt: () => 1,
    updatesAt: ({ iteration }) => iteration,
  });
  const reports = [];
  for (const context of contexts) reports.push(...(await runner.run([context])));
  await runner.close();
  return reports.map(({ losses }) => losses);
}

function graphOf(changes: object) {
  const method = methodOf(tinyConfig(changes));
  const [kind] = method.steps as [Method['steps'][number]];
  return buildTrainingGraph(method, kind, initialState(method, 0, false), {
    averageDecay: 0,
    learningRateAt: () => 1,
    updatesAt: () => 1,
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
