import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { tensor } from '../tensor.ts';
import { betasOf } from './betas.ts';
import { GuidedSampling, planesOf, type SamplingNoise, seededNoise } from './guided-sampling.ts';
import { noiseSchedule } from './noise-schedule.ts';
import { type SamplingOptions, samplingPlan } from './sampling-plan.ts';

const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
const side = 12;
const length = 3 * side * side;
const randomBytes = Random.of(7, 'source');
const planes = planesOf(
  tensor(
    'uint8',
    [1, side, side, 3],
    new Uint8Array(length).map(() => randomBytes.integer(256)),
  ),
);

/** Noise in a picture whose pixels are each near one of two grey values: its score is known. */
function noisePrediction(value: number, alphaBar: number, spread: number): number {
  const signal = Math.sqrt(alphaBar);
  const variance = alphaBar * spread ** 2 + 1 - alphaBar;
  const [high, low] = [0.8 * signal - value, -0.5 * signal - value];
  const share = 1 / (1 + Math.exp((high * high - low * low) / (2 * variance)));
  return (-Math.sqrt(1 - alphaBar) * (share * high + (1 - share) * low)) / variance;
}

interface Case extends SamplingOptions {
  /** Of the squared difference to the source as noised. */
  readonly weight?: number;
  /** Of the pixels around the two values. */
  readonly spread?: number;
}

function run({ weight = 0, spread = 0.3, ...options }: Case) {
  const noise = seededNoise(schedule, { seed: 1, place: 0, length });
  const sampling = new GuidedSampling(samplingPlan(schedule, options), planes, noise);
  let result = planes;
  for (let step = sampling.step; step !== undefined; step = sampling.step) {
    const { transition, state, stepNoise, startNoise, previousClean } = step;
    const predicted = state.map((value, index) => {
      const noised =
        transition.signal * (planes[index] as number) + transition.deviation * (startNoise[index] as number);
      const gradient = 2 * weight * (value - noised);
      return noisePrediction(value, transition.signal ** 2, spread) + transition.deviation * gradient;
    });
    const each = (compute: (index: number) => number) =>
      Float32Array.from({ length }, (_, index) => compute(index));
    const of = (values: Float32Array, index: number) => values[index] as number;
    result = each(
      (index) =>
        transition.ofState * of(state, index) +
        transition.ofNoisePrediction * of(predicted, index) +
        transition.ofPreviousClean * of(previousClean, index) +
        transition.ofNoise * of(stepNoise, index),
    );
    const clean = each(
      (index) => (of(state, index) - transition.deviation * of(predicted, index)) / transition.signal,
    );
    sampling.take({ state: result, clean });
  }
  return { sampling, result };
}

/** In decibels, for pictures in [-1, 1]. */
function likeness(a: Float32Array, b: Float32Array): number {
  const error = a.reduce((sum, value, index) => sum + (value - (b[index] as number)) ** 2, 0) / a.length;
  return 10 * Math.log10(4 / error);
}

describe('guided sampling', () => {
  it('makes pictures like those that the score knows', () => {
    const { result } = run({ strength: 0.8, spread: 0.1 });
    const far = result.filter((value) => Math.min(Math.abs(value - 0.8), Math.abs(value + 0.5)) > 0.4);
    expect(far.length / length).toBeLessThan(0.01);
  });

  it.each([
    ['ancestral', 0, [17, 23, 34]],
    ['ancestral', 1, [17, 23, 34]],
    ['ddim', 0, [30, 38, 52]],
    ['ddim', 1, [30, 38, 52]],
    ['second-order', 0, [39, 54, 63]],
    ['second-order', 1, [39, 54, 63]],
  ] as const)('by %s, guided by %d, comes near to all steps with fewer', (solver, weight, least) => {
    const strength = 0.5;
    const full = run({ strength, weight, solver: solver === 'ancestral' ? solver : 'ddim' }).result;
    const near = [10, 25, 100].map((steps) =>
      likeness(run({ strength, weight, solver, steps }).result, full),
    );
    for (const [index, decibels] of near.entries()) {
      expect(decibels, `${near}`).toBeGreaterThan(least[index] as number);
    }
  });

  it('is held to the source by the guidance', () => {
    const distances = [0, 1, 4].map((weight) =>
      likeness(run({ strength: 0.5, steps: 25, weight }).result, planes),
    );
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  it('starts a repeat from the result before, with new noise, and keeps the source', () => {
    const draws: string[] = [];
    const zeros = new Float32Array(length);
    const draw = (name: string) => {
      draws.push(name);
      return zeros;
    };
    const noise: SamplingNoise = {
      start: (repeat) => draw(`start ${repeat}`),
      step: (repeat, from, to) => draw(`${repeat}: ${from} to ${to}`),
    };
    const plan = samplingPlan(schedule, { strength: 0.003, repeats: 2 });
    const sampling = new GuidedSampling(plan, planes, noise);
    expect(sampling.total).toBe(6);
    const result = zeros.map(() => 0.25);
    for (let count = 0; count < 3; count++) {
      expect(sampling.step).toMatchObject({ index: count, time: 2 - count });
      sampling.take({ state: result, clean: zeros });
    }
    const { transition, state, previousClean } = sampling.step ?? expect.fail('is over');
    expect(state[0]).toBeCloseTo(0.25 * transition.signal, 6);
    expect(previousClean).toEqual(zeros);
    expect(draws).toEqual(['start 0', '0: 2 to 1', '0: 1 to 0', 'start 1', '1: 2 to 1']);
  });

  it('takes bytes as planes from -1 to 1', () => {
    const picture = tensor('uint8', [1, 1, 2, 3], Uint8Array.of(0, 255, 51, 255, 0, 204));
    expect([...planesOf(picture)].map((value) => Math.round(value * 1000) / 1000)).toEqual([
      -1, 1, 1, -1, -0.6, 0.6,
    ]);
  });

  it('gives the same step until it is taken, and none after the last', () => {
    const noise = seededNoise(schedule, { seed: 3, place: 0, length });
    const sampling = new GuidedSampling(samplingPlan(schedule, { strength: 0.001 }), planes, noise);
    const { step } = sampling;
    expect(sampling.step).toBe(step);
    sampling.take({ state: new Float32Array(length), clean: new Float32Array(length) });
    expect([sampling.step, sampling.done]).toEqual([undefined, 1]);
    const again = { state: new Float32Array(length), clean: new Float32Array(length) };
    expect(() => sampling.take(again)).toThrow('1 steps were taken of a sampling that has 0 left');
  });

  it('tells the steps that follow in a repeat, and takes them together', () => {
    const noise = seededNoise(schedule, { seed: 3, place: 0, length });
    const plan = samplingPlan(schedule, { strength: 0.004, repeats: 2 });
    const [alone, together] = [
      new GuidedSampling(plan, planes, noise),
      new GuidedSampling(plan, planes, noise),
    ];
    const result = { state: planes, clean: planes };
    expect([alone.step?.time, together.step?.time]).toEqual([3, 3]);
    const following = together.following(2);
    alone.take(result);
    for (const later of following) {
      expect(alone.step).toMatchObject(later);
      alone.take(result);
    }
    together.take(result, 3);
    expect([together.done, together.following(5)]).toEqual([3, []]);
    expect(together.step).toEqual(alone.step);
  });

  it('has noise of its own for each seed, place and repeat', () => {
    const starts = [
      [1, 0, 0],
      [2, 0, 0],
      [1, 1, 0],
      [1, 0, 1],
    ] as const;
    const drawn = starts.map(([seed, place, repeat]) => {
      const noise = seededNoise(schedule, { seed, place, length: 2 });
      return `${noise.start(repeat)} ${noise.step(repeat, 500, 400)}`;
    });
    expect(new Set(drawn).size).toBe(4);
  });
});
