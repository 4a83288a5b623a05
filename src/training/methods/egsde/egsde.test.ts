import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../core/random.ts';
import { type Tensor, toNumbers } from '../../../core/tensor.ts';
import type { EgsdePart } from '../../config/egsde.ts';
import { averageName, initialState, momentNames, type TrainingState } from '../../step/state.ts';
import { StepRunner } from '../../step/step-runner.ts';
import { buildTrainingGraph } from '../../step/training-graph.ts';
import { noiseSteps } from '../../testing/batches.ts';
import { tinyEgsde } from '../../testing/tiny-egsde.ts';
import { methodOf } from '../index.ts';
import type { Method, StepContext, StepKind } from '../method.ts';

const steps = noiseSteps(1, 25, [2, 3, 8, 8]);

interface Trained {
  readonly losses: readonly Readonly<Record<string, number>>[];
  readonly before: TrainingState;
  readonly after: TrainingState;
}

async function train(part: EgsdePart, changes: object, contexts: readonly StepContext[]): Promise<Trained> {
  const config = tinyEgsde(part, changes);
  const method = methodOf(config);
  const before = initialState(method, 1, true);
  const runner = await StepRunner.open(method, before, {
    seed: 1,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay: config.averageDecay,
    stepsPerRun: 1,
    learningRateAt: () => 1,
  });
  try {
    const losses: Readonly<Record<string, number>>[] = [];
    for (const context of contexts) {
      for (const report of await runner.run([context])) losses.push(report.losses);
    }
    return { losses, before, after: runner.state };
  } finally {
    await runner.close();
  }
}

const valuesOf = (state: TrainingState, name: string) => toNumbers(state.get(name) as Tensor);
const isZero = (state: TrainingState, name: string) => valuesOf(state, name).every((value) => value === 0);

describe('the score network of EGSDE', () => {
  let trained: Trained;
  beforeAll(async () => {
    trained = await train('score', {}, steps);
  });

  it('begins by telling no noise, so that its error is the mean square of the noise', () => {
    for (const layer of ['out.2', 'input_blocks.1.0.out_layers.3', 'middle_block.1.proj_out']) {
      expect(isZero(trained.before, `score.${layer}.weight`)).toBe(true);
      expect(isZero(trained.after, `score.${layer}.weight`)).toBe(false);
    }
    expect(isZero(trained.before, 'score.input_blocks.1.0.in_layers.2.weight')).toBe(false);
    expect(Math.abs((trained.losses[0]?.noise as number) - 1)).toBeLessThan(0.2);
  });

  it('learns', () => {
    const mean = (losses: Trained['losses']) =>
      losses.reduce((sum, { noise }) => sum + (noise as number), 0) / losses.length;
    expect(mean(trained.losses.slice(-8))).toBeLessThan(0.95 * mean(trained.losses.slice(0, 8)));
  });

  it('keeps a moving average', () => {
    const name = 'score.out.2.bias';
    expect(valuesOf(trained.after, averageName(name))).not.toEqual(valuesOf(trained.after, name));
    expect(isZero(trained.after, averageName(name))).toBe(false);
  });

  it('weighs the bound by the number of times where that is asked for', async () => {
    const { losses } = await train('score', { options: { rescaledBound: true } }, steps.slice(0, 1));
    const [rescaled, whole] = [losses[0]?.bound as number, trained.losses[0]?.bound as number];
    expect(rescaled / whole).toBeCloseTo(40 / 1000, 5);
  });

  it('can be that of DDPM, for the noise alone, with dropout', async () => {
    const options = { learnedVariance: false, network: { kind: 'ddpm', dropout: 0.5 } };
    const { losses, after } = await train('score', { options }, steps.slice(0, 1));
    expect(after.has('score.mid.attn_1.proj_out.weight')).toBe(true);
    expect(Object.keys(losses[0] ?? {})).toEqual(['noise']);
    const masks = feedsOf(methodOf(tinyEgsde('score', { options }))).filter(({ name }) =>
      /^dropout/.test(name),
    );
    expect(masks).toHaveLength(5);
    const mask = masks[0]?.provide(steps[0] as StepContext, Random.of(1)) as Tensor;
    expect(new Set(toNumbers(mask))).toEqual(new Set([0, 2]));
  });

  it('looks at pictures of one domain alone', () => {
    const context = steps[0] as StepContext;
    for (const domain of ['A', 'B'] as const) {
      const method = methodOf(tinyEgsde('score', { options: { domain } }));
      const pictures = feedsOf(method).filter(({ name }) => name.startsWith('pictures'));
      expect(pictures.map(({ provide }) => provide(context, Random.of(1)))).toEqual([context.batch[domain]]);
    }
  });
});

function feedsOf(method: Method) {
  return buildTrainingGraph(method, method.steps[0] as StepKind, initialState(method, 1, false), {
    averageDecay: 0,
    stepsPerRun: 1,
    learningRateAt: () => 1,
  }).feeds;
}

describe('the classifier of EGSDE', () => {
  it('begins undecided, and shrinks its weights by themselves', async () => {
    const { losses, before, after } = await train('classifier', {}, steps.slice(0, 1));
    expect(losses[0]?.classification).toBeGreaterThan(0.3);
    expect([0, 0.25, 0.5, 0.75, 1]).toContain(losses[0]?.accuracy);
    const name = 'classifier.I2Iout.2.c_proj.weight';
    const moment = valuesOf(after, momentNames('classifier', name).mean);
    const place = moment.findIndex((value) => Math.abs(value) > 1e-4);
    const [start, end] = [before, after].map((state) => valuesOf(state, name)[place]) as [number, number];
    // The first step of Adam is the learning rate itself; 0.05 is the published decay.
    const expected = start * (1 - 0.002 * 0.05) - 0.002 * Math.sign(moment[place] as number);
    expect(end).toBeCloseTo(expected, 6);
    expect(Math.abs(start * 0.002 * 0.05)).toBeGreaterThan(1e-6);
  });

  it('begins places of the pooling small, and logits by the mean at zero', () => {
    const begun = (network: object) =>
      initialState(methodOf(tinyEgsde('classifier', { options: { network } })), 1, false);
    const places = valuesOf(begun({}), 'classifier.I2Iout.2.positional_embedding');
    const variance = places.reduce((sum, value) => sum + value ** 2, 0) / places.length;
    expect(Math.abs(64 * variance - 1)).toBeLessThan(0.1);
    expect(isZero(begun({ pool: 'mean' }), 'classifier.I2Iout.3.weight')).toBe(true);
  });
});
