import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betasOf } from './betas.ts';
import { noiseSchedule } from './noise-schedule.ts';
import { type SamplingOptions, samplingPlan } from './sampling-plan.ts';
import { solvers } from './transition.ts';

const schedule = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
const timesOf = (options: SamplingOptions) => samplingPlan(schedule, options).steps.map(({ time }) => time);

describe('a sampling plan', () => {
  it('stops at every time from the initial one down, as published', () => {
    const { steps, repeats } = samplingPlan(schedule, { strength: 0.5 });
    expect(steps.map(({ time }) => time)).toEqual(Array.from({ length: 500 }, (_, index) => 499 - index));
    expect(repeats).toBe(1);
    expect(steps.filter(({ transition }) => transition.ofNoise === 0)).toEqual([steps.at(-1)]);
  });

  it('spreads fewer steps over the times, or over the signal to noise ratio', () => {
    expect(timesOf({ strength: 0.5, steps: 5 })).toEqual([499, 374, 250, 125, 0]);
    const [first, second, third, ...others] = timesOf({ strength: 0.5, steps: 5, solver: 'second-order' });
    expect([first, ...others]).toEqual([499, expect.any(Number), 0]);
    const ratio = (time = 0) => Math.log(1 / (1 / (schedule.alphaBar[time] as number) - 1));
    expect(ratio(second) - ratio(first)).toBeCloseTo((ratio(0) - ratio(499)) / 4, 1);
    expect(ratio(third) - ratio(first)).toBeCloseTo((ratio(0) - ratio(499)) / 2, 0);
  });

  it('has as many steps as are asked for, each at an earlier time, from the initial one', () => {
    const strengths = fc.integer({ min: 1, max: 1000 }).map((times) => times / 1000);
    const options = fc.record({
      strength: strengths,
      solver: fc.constantFrom(...solvers),
      share: fc.nat(999),
    });
    fc.assert(
      fc.property(options, ({ share, ...others }) => {
        const initial = Math.round(others.strength * 1000);
        const steps = 1 + (share % initial);
        const plan = samplingPlan(schedule, { ...others, steps });
        const times = plan.steps.map(({ time }) => time);
        expect(times.length).toBe(steps);
        expect(times[0]).toBe(initial - 1);
        expect(times.every((time, index) => index === 0 || time < (times[index - 1] as number))).toBe(true);
        expect(times.at(-1)).toBeGreaterThanOrEqual(0);
        expect(plan.steps.map(({ nextTime }) => nextTime)).toEqual([...times.slice(1), undefined]);
        const numbers = plan.steps.flatMap(({ transition }) => Object.values(transition));
        expect(numbers.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it.each<[SamplingOptions, string]>([
    [{ strength: 0 }, 'strength must be above 0 and at most 1, got 0'],
    [{ strength: 1.01 }, 'strength must be above 0 and at most 1, got 1.01'],
    [{ strength: Number.NaN }, 'strength must be above 0 and at most 1, got NaN'],
    [
      { strength: 0.5, steps: 0 },
      'steps must be an integer from 1 to 500, the times of this strength, got 0',
    ],
    [
      { strength: 0.01, steps: 11 },
      'steps must be an integer from 1 to 10, the times of this strength, got 11',
    ],
    [{ strength: 0.5, steps: 2.5 }, 'got 2.5'],
    [{ strength: 0.5, repeats: 0 }, 'repeats must be an integer of 1 or more, got 0'],
  ])('refuses %o', (options, message) => {
    expect(() => samplingPlan(schedule, options)).toThrow(message);
  });
});
