import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { initialState } from '../step/state.ts';
import { buildTrainingGraph } from '../step/training-graph.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { trainSteps, weightedSum } from '../testing/train-steps.ts';
import { methodOf } from './index.ts';
import type { Method, StepContext } from './method.ts';

const shape = [1, 3, 16, 16];
const enco = (options: object = {}, others: object = {}) =>
  tinyConfig({
    method: 'enco',
    options: { featureLayers: [3, 7, 16, 20], ...options },
    ...others,
    schedule: { unit: 'steps', constant: 4, decay: 4, warmUp: 0 },
  });

/** What a feed of the step is at a given step. */
function fed(config: ReturnType<typeof enco>, name: string, iteration: number): Tensor | undefined {
  const method = methodOf(config);
  const { feeds } = buildTrainingGraph(
    method,
    method.steps[0] as Method['steps'][number],
    initialState(method, 0, false),
    { averageDecay: 0, learningRateAt: () => 1, stepsPerRun: 1 },
  );
  const feed = feeds.find((each) => each.name === name);
  return feed?.provide({ iteration, epoch: 1 } as StepContext, Random.of(1));
}

describe('the losses of EnCo', () => {
  it('add up as published, with the identity and after it', async () => {
    const { losses } = await trainSteps(enco(), noiseSteps(4, 5, shape));
    const [last, after] = losses as [Record<string, number>, Record<string, number>];
    expect(Object.keys(last)).toEqual(['D_fake', 'D_real', 'D', 'G_GAN', 'BYOL', 'BYOL_Y', 'G']);
    expect(last.D).toBeCloseTo(weightedSum(last, { D_fake: 0.5, D_real: 0.5 }), 6);
    expect(last.G).toBeCloseTo(weightedSum(last, { G_GAN: 1, BYOL: 0.5, BYOL_Y: 0.5 }), 5);
    expect(last.BYOL_Y).toBeGreaterThan(0);
    expect(after.BYOL_Y).toBe(0);
    expect(after.G).toBeCloseTo(weightedSum(after, { G_GAN: 1, BYOL: 1 }), 5);
  });

  it('can do without identity, and with several pictures', async () => {
    const { losses } = await trainSteps(
      enco({ identity: false }, { batchSize: 2 }),
      noiseSteps(1, 1, [2, 3, 16, 16]),
    );
    const [first] = losses as [Record<string, number>];
    expect(Object.keys(first)).not.toContain('BYOL_Y');
    expect(first.G).toBeCloseTo(weightedSum(first, { G_GAN: 1, BYOL: 1 }), 5);
  });
});

it('moves each network at its own rate, and the running statistics twice a step', async () => {
  const config = enco({
    optimizer: { learningRate: 1e-4 },
    discriminatorOptimizer: { learningRate: 1e-2 },
    projectorOptimizer: { learningRate: 1e-3 },
  });
  const before = initialState(methodOf(config), 1, false);
  const { state } = await trainSteps(config, noiseSteps(1, 1, shape));
  const moved = (name: string) => {
    const [old, now] = [before, state].map((each) => toNumbers(each.get(name) as Tensor));
    return Math.max(...(old as number[]).map((value, at) => Math.abs(value - ((now as number[])[at] ?? 0))));
  };
  expect(moved('generator.model.1.weight')).toBeCloseTo(1e-4, 6);
  expect(moved('discriminator.model.0.weight')).toBeCloseTo(1e-2, 4);
  expect(moved('projector.prj_0.0.weight')).toBeCloseTo(1e-3, 5);
  // Keys go through the projector too, but not through the predictor.
  expect(toNumbers(state.get('projector.mlp_0.1.num_batches_tracked') as Tensor)).toEqual([2]);
  expect(toNumbers(state.get('projector.prj_0.1.num_batches_tracked') as Tensor)).toEqual([1]);
});

it.each([
  ['is trained as long as the rate is constant', {}, [10, 10, 0]],
  ['is trained as long as it is told', { identityTime: 1 }, [10, 0, 0]],
  ['may fade out over the whole training', { identityDecay: true }, [8.75, 5, 0]],
])('the identity %s', (_, options, weights) => {
  const weightAt = (step: number) => toNumbers(fed(enco(options), 'identity.weight', step) as Tensor)[0];
  expect([1, 4, 5].map(weightAt)).toEqual(weights);
});

it('draws candidates and other places anew for every stage', () => {
  const candidates = toNumbers(fed(enco(), 'candidates.l0', 1) as Tensor);
  expect(candidates).toHaveLength(48);
  expect(new Set(candidates).size).toBe(48);
  expect(toNumbers(fed(enco(), 'random.l1', 1) as Tensor)).toHaveLength(6);
  expect(fed(enco({ randomShare: 0 }), 'random.l1', 1)).toBeUndefined();
});

it('starts norms of the projector as the library does', () => {
  const state = initialState(methodOf(enco()), 1, false);
  expect(toNumbers(state.get('projector.mlp_0.1.weight') as Tensor)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(state.has('projector.mlp_0.4.weight')).toBe(false);
});

it('refuses layers that do not mirror each other', () => {
  expect(() => methodOf(enco({ featureLayers: [3, 7, 12, 20] }))).toThrow(
    /featureLayers must mirror each other: layer 7 is .* layer 12 is/,
  );
});

describe('flip equivariance', () => {
  // As trainSteps draws it, from seed 1.
  const coin = (domain: string, step: number) => Random.of(1, 'step', step, `mirrored.${domain}`).integer(2);
  const steps = Array.from({ length: 20 }, (_, index) => index + 1);
  const flipped = (x: Tensor<'float32'>) =>
    float32(
      x.dims,
      x.data.map((_, at) => x.data[at - (at % 16) + 15 - (at % 16)] as number),
    );

  it('mirrors the domains apart from each other, and is as if the pictures had been mirrored', async () => {
    const step = steps.find((each) => coin('A', each) === 1 && coin('B', each) === 0) as number;
    const [context] = noiseSteps(step, step, shape) as [StepContext];
    const { A, B } = context.batch as Record<'A' | 'B', Tensor<'float32'>>;
    const { losses } = await trainSteps(enco({ flipEquivariance: true }), [context]);
    const plain = await trainSteps(enco(), [{ ...context, batch: { A: flipped(A), B } }]);
    expect(losses).toEqual(plain.losses);
    expect(losses).not.toEqual((await trainSteps(enco(), [context])).losses);
  });
});
