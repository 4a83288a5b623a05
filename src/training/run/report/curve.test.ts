import { expect, it } from 'vitest';
import { runningMean, sampled, thinned } from './curve.ts';

const pointsOf = (values: readonly number[]) =>
  values.map((value, index) => ({ step: 10 * (index + 1), value }));
const valuesOf = (points: readonly { value: number }[]) => points.map(({ value }) => value);

it('is the mean of a point and its neighbours, of fewer at the ends', () => {
  expect(runningMean(pointsOf([1, 2, 6, 4, 8]), 1)).toEqual(pointsOf([1.5, 3, 4, 6, 6]));
});

it('is the points themselves without neighbours', () => {
  expect(runningMean(pointsOf([3, 1, 2]), 0)).toEqual(pointsOf([3, 1, 2]));
});

it('leaves values that are not finite out of the mean and keeps them as gaps', () => {
  const mean = runningMean(pointsOf([1, Number.NaN, 3, Number.POSITIVE_INFINITY, 5]), 1);
  expect(valuesOf(mean)).toEqual([1, Number.NaN, 3, Number.NaN, 5]);
});

it('samples at most so many points, and the last', () => {
  const points = sampled(pointsOf(Array.from({ length: 1001 }, (_, index) => index)), 100);
  expect(points.length).toBeLessThanOrEqual(101);
  expect([points[0]?.value, points.at(-1)?.value]).toEqual([0, 1000]);
  expect(sampled([], 100)).toEqual([]);
});

it('keeps the peaks of many points, in their order', () => {
  const values = Array.from({ length: 1000 }, () => 1);
  [values[501], values[503], values[777]] = [-40, 99, Number.NaN];
  const thin = thinned(pointsOf(values), 100);
  expect(thin.length).toBeLessThanOrEqual(101);
  expect(valuesOf(thin).filter((value) => value !== 1)).toEqual([-40, 99, Number.NaN]);
  expect(thin.map(({ step }) => step)).toEqual(thin.map(({ step }) => step).sort((a, b) => a - b));
  expect(thinned(pointsOf([1, 2]), 100)).toEqual(pointsOf([1, 2]));
});
