import { describe, expect, it } from 'vitest';
import { betasOf } from './betas.ts';
import { noiseSchedule } from './noise-schedule.ts';
import { type Interval, solvers, type Transition, transitionOf } from './transition.ts';

const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
const at = (values: Float64Array, time: number) => values[time] as number;
const intervals: readonly Interval[] = [
  { before: 0.1, from: 0.3, to: 0.6 },
  { before: 0.31, from: 0.32, to: 0.325 },
  { before: 0.9, from: 0.99, to: 1 },
  { from: 0.05, to: 0.5 },
];

/** next without new noise, for numbers in place of pictures */
function mean(step: Transition, given: { state: number; noise: number; previousClean: number }): number {
  const { state, noise, previousClean } = given;
  return step.ofState * state + step.ofNoisePrediction * noise + step.ofPreviousClean * previousClean;
}

describe('an ancestral step', () => {
  it.each([1, 250, 499, 999])('from time %i to the next is the published one', (time) => {
    const interval = { from: at(schedule.alphaBar, time), to: at(schedule.alphaBar, time - 1) };
    const beta = at(schedule.betas, time);
    const small = transitionOf('ancestral', interval, 'fixedsmall');
    expect(small.ofState).toBeCloseTo(1 / Math.sqrt(1 - beta), 10);
    const ofNoise = beta / Math.sqrt(1 - interval.from) / Math.sqrt(1 - beta);
    expect(small.ofNoisePrediction).toBeCloseTo(-ofNoise, 10);
    // The weight of the guidance, w = beta / sqrt(alpha).
    expect(-small.ofNoisePrediction * small.deviation).toBeCloseTo(beta / Math.sqrt(1 - beta), 10);
    expect(small.ofNoise).toBeCloseTo(Math.exp(0.5 * at(schedule.posteriorLogVariance, time)), 10);
    expect(transitionOf('ancestral', interval, 'fixedlarge').ofNoise).toBeCloseTo(Math.sqrt(beta), 10);
  });

  it('adds no noise to the clean picture, of whichever variance', () => {
    for (const variance of ['fixedsmall', 'fixedlarge'] as const) {
      expect(transitionOf('ancestral', { from: 0.99, to: 1 }, variance).ofNoise).toBe(0);
    }
  });

  it('has the mean of the posterior, over any interval', () => {
    const [from, to] = [0.3, 0.6];
    const [clean, noise] = [0.7, -1.3];
    const state = Math.sqrt(from) * clean + Math.sqrt(1 - from) * noise;
    const beta = 1 - from / to;
    const posterior = (Math.sqrt(to) * beta * clean + Math.sqrt(from / to) * (1 - to) * state) / (1 - from);
    const step = transitionOf('ancestral', { from, to }, 'fixedsmall');
    expect(mean(step, { state, noise, previousClean: 9 })).toBeCloseTo(posterior, 12);
  });
});

describe('a step without noise', () => {
  it.each(intervals)('takes true noise from %o on to less of the same noise', (interval) => {
    const [clean, noise] = [0.4, 1.1];
    for (const solver of ['ddim', 'second-order'] as const) {
      const step = transitionOf(solver, interval, 'fixedsmall');
      const next = mean(step, {
        state: step.signal * clean + step.deviation * noise,
        noise,
        previousClean: clean,
      });
      expect(next).toBeCloseTo(Math.sqrt(interval.to) * clean + Math.sqrt(1 - interval.to) * noise, 12);
      expect(step.ofNoise).toBe(0);
    }
  });

  it('of the second order is DPM-Solver++(2M)', () => {
    const { from, to, before } = { before: 0.1, from: 0.3, to: 0.6 };
    const lambda = (kept: number) => Math.log(Math.sqrt(kept) / Math.sqrt(1 - kept));
    const [h, last] = [lambda(to) - lambda(from), lambda(from) - lambda(before)];
    const [state, noise, previousClean] = [0.3, -0.8, 0.9];
    const clean = (state - Math.sqrt(1 - from) * noise) / Math.sqrt(from);
    const r = last / h;
    const extrapolated = (1 + 1 / (2 * r)) * clean - (1 / (2 * r)) * previousClean;
    const expected =
      (Math.sqrt(1 - to) / Math.sqrt(1 - from)) * state - Math.sqrt(to) * (Math.exp(-h) - 1) * extrapolated;
    const step = transitionOf('second-order', { from, to, before }, 'fixedsmall');
    expect(mean(step, { state, noise, previousClean })).toBeCloseTo(expected, 12);
  });

  it('of the second order is of the first where it has none before, and at the end', () => {
    for (const interval of [
      { from: 0.3, to: 0.6 },
      { before: 0.3, from: 0.6, to: 1 },
    ]) {
      expect(transitionOf('second-order', interval, 'fixedsmall')).toEqual(
        transitionOf('ddim', interval, 'fixedsmall'),
      );
    }
  });
});

it.each(solvers)('the last step of %s gives the predicted clean picture', (solver) => {
  const step = transitionOf(solver, { before: 0.8, from: 0.9, to: 1 }, 'fixedsmall');
  const [state, noise] = [0.35, -0.6];
  const clean = (state - step.deviation * noise) / step.signal;
  expect(mean(step, { state, noise, previousClean: 5 })).toBeCloseTo(clean, 12);
});

it('refuses to start where there is only noise, or none', () => {
  for (const from of [0, 1, Number.NaN]) {
    expect(() => transitionOf('ddim', { from, to: 1 }, 'fixedsmall')).toThrow(`between 0 and 1, got ${from}`);
  }
});
