import { describe, expect, it } from 'vitest';
import { type BetaOptions, betasOf } from './betas.ts';
import { noiseSchedule } from './noise-schedule.ts';
import { keptTimes, respacedBetas } from './respacing.ts';

const close = (values: Float64Array, expected: readonly number[]) => {
  expect(values.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 12);
};

describe('betas', () => {
  const range = { steps: 3, first: 0.01, last: 0.09 };

  it.each<[BetaOptions, number[]]>([
    [{ course: 'linear', ...range }, [0.01, 0.05, 0.09]],
    [{ course: 'quad', ...range }, [0.01, 0.04, 0.09]],
    [{ course: 'const', ...range }, [0.09, 0.09, 0.09]],
    [{ course: 'jsd', ...range }, [1 / 3, 1 / 2, 1]],
    [
      { course: 'sigmoid', ...range },
      [0.01 + 0.08 / (1 + Math.exp(6)), 0.05, 0.01 + 0.08 / (1 + Math.exp(-6))],
    ],
  ])('%o', (options, expected) => {
    close(betasOf(options), expected);
  });

  it('of guided diffusion are scaled to the number of steps', () => {
    const betas = betasOf({ course: 'named-linear', steps: 400 });
    expect([betas[0], betas.at(-1)]).toEqual([2.5e-4, 0.05]);
  });

  it('of cosine end at the bound, and their products follow a squared cosine', () => {
    const betas = betasOf({ course: 'cosine', steps: 100 });
    expect(betas.at(-1)).toBe(0.999);
    const at = (time: number) => Math.cos((((time / 100 + 0.008) / 1.008) * Math.PI) / 2) ** 2;
    expect(noiseSchedule(betas).alphaBar[49]).toBeCloseTo(at(50) / at(0), 12);
  });

  it('that are no variances are refused', () => {
    expect(() => betasOf({ course: 'linear', steps: 3, first: 0, last: 0.1 })).toThrow('beta 0 is 0');
    expect(() => betasOf({ course: 'linear', steps: 3, first: 0.5, last: 2 })).toThrow('beta 1 is 1.25');
    expect(() => betasOf({ course: 'cosine', steps: 0 })).toThrow('1 or more steps, got 0');
    expect(() => betasOf({ course: 'named-linear', steps: 10 })).toThrow('beta 5 is 1.1');
  });
});

describe('a noise schedule', () => {
  it('is what its definitions give', () => {
    const schedule = noiseSchedule(Float64Array.of(0.1, 0.2, 0.5));
    close(schedule.alphaBar, [0.9, 0.72, 0.36]);
    close(schedule.alphaBarBefore, [1, 0.9, 0.72]);
    close(schedule.sqrtAlphaBar, [Math.sqrt(0.9), Math.sqrt(0.72), 0.6]);
    close(schedule.sqrtOneMinusAlphaBar, [Math.sqrt(0.1), Math.sqrt(0.28), 0.8]);
    const variance = [0, (0.2 * 0.1) / 0.28, (0.5 * 0.28) / 0.64];
    close(schedule.posteriorVariance, variance);
    close(
      schedule.posteriorLogVariance,
      [variance[1], variance[1], variance[2]].map((v) => Math.log(v as number)),
    );
  });

  it('has a posterior whose mean is unbiased', () => {
    const schedule = noiseSchedule(betasOf({ course: 'named-linear', steps: 200 }));
    for (const time of [0, 1, 100, 199]) {
      const of = (values: Float64Array) => values[time] as number;
      const mean =
        of(schedule.posteriorMeanOfClean) + of(schedule.posteriorMeanOfNoisy) * of(schedule.sqrtAlphaBar);
      expect(mean).toBeCloseTo(Math.sqrt(of(schedule.alphaBarBefore)), 12);
    }
  });
});

describe('respacing', () => {
  it('keeps evenly spaced times of each section, both ends included', () => {
    expect(keptTimes(10, [4])).toEqual([0, 3, 6, 9]);
    expect(keptTimes(10, [2, 1, 3])).toEqual([0, 3, 4, 7, 8, 9]);
    expect(keptTimes(6, [6])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(keptTimes(6, [1])).toEqual([0]);
  });

  it('keeps an even stride where DDIM asks for one', () => {
    expect(keptTimes(10, { ddim: 4 })).toEqual([0, 3, 6, 9]);
    expect(keptTimes(10, { ddim: 5 })).toEqual([0, 2, 4, 6, 8]);
    expect(() => keptTimes(10, { ddim: 6 })).toThrow('no even stride through 10 times gives 6 of them');
  });

  it('refuses more times than there are', () => {
    expect(() => keptTimes(10, [3, 6])).toThrow('of a section of 5 times 1 to 5 can be kept, got 6');
    expect(() => keptTimes(10, [0])).toThrow('got 0');
  });

  it('leaves the products of the whole process', () => {
    const { alphaBar } = noiseSchedule(betasOf({ course: 'cosine', steps: 40 }));
    const kept = keptTimes(40, [7]);
    close(
      noiseSchedule(respacedBetas(alphaBar, kept)).alphaBar,
      kept.map((time) => alphaBar[time] as number),
    );
  });
});
