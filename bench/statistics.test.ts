import { describe, expect, it } from 'vitest';
import { mean, median, quantile } from './statistics.ts';

describe('quantile', () => {
  it('sorts by size, not by text, and leaves the samples as they are', () => {
    const samples = [100, 9, 20];
    expect(quantile(samples, 0)).toBe(9);
    expect(quantile(samples, 1)).toBe(100);
    expect(samples).toEqual([100, 9, 20]);
  });

  it('is linear between neighbours', () => {
    expect(quantile([1, 2, 3, 5], 0.5)).toBe(2.5);
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9, 12);
    expect(quantile([7], 0.3)).toBe(7);
  });
});

it('median and mean differ where one sample is far off', () => {
  expect(median([1, 2, 99])).toBe(2);
  expect(mean([1, 2, 99])).toBe(34);
});

it('no samples are an error, not NaN', () => {
  expect(() => median([])).toThrow('a quantile of no samples');
  expect(() => mean([])).toThrow('a mean of no samples');
});
