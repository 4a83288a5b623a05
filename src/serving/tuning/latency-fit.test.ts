import { describe, expect, it } from 'vitest';
import { batchByFit, chooseBatch, fitLatency, median } from './latency-fit.ts';

const latencies = (...milliseconds: readonly number[]) =>
  milliseconds.map((each, index) => ({ items: 2 ** index, milliseconds: each }));

describe('fitLatency', () => {
  it('finds the line that the latencies lie on', () => {
    const fit = fitLatency(latencies(7, 9, 13, 21));
    expect(fit.fixed).toBeCloseTo(5, 9);
    expect(fit.perItem).toBeCloseTo(2, 9);
    expect(fit.residual).toBeCloseTo(0, 9);
  });

  it('tells how far they lie from it', () => {
    const fit = fitLatency(latencies(4, 6, 10.6));
    const misses = [4, 6, 10.6].map((time, index) => time - fit.fixed - fit.perItem * 2 ** index);
    expect(misses.reduce((sum, miss) => sum + miss, 0)).toBeCloseTo(0, 9);
    expect(fit.residual).toBeCloseTo(Math.hypot(...misses) / Math.sqrt(3), 9);
    expect(fit.residual).toBeGreaterThan(0.05);
  });

  it('takes one size as what each item costs', () => {
    expect(fitLatency(latencies(40))).toEqual({ fixed: 0, perItem: 40, residual: 0 });
  });
});

describe('chooseBatch', () => {
  it('is 1 where a larger batch takes as much longer', () => {
    expect(chooseBatch(latencies(749, 1498, 3340))).toBe(1);
  });

  it('is 1 where the gain is within the margin', () => {
    // 97 % of the time of an item: less than 5 % saved.
    expect(chooseBatch(latencies(100, 194))).toBe(1);
    expect(chooseBatch(latencies(100, 190))).toBe(2);
  });

  it('is the last size that pays', () => {
    // A device that is full at 8: a picture costs 10, 5.5, 3.25, 2.125, 2.1.
    expect(chooseBatch(latencies(10, 11, 13, 17, 33.6))).toBe(8);
  });

  it('does not depend on the order of the sizes', () => {
    expect(chooseBatch(latencies(10, 11, 13, 17, 33.6).reverse())).toBe(8);
  });
});

describe('batchByFit', () => {
  it('doubles while the line says that it pays, up to the limit', () => {
    expect(batchByFit({ fixed: 9, perItem: 1, residual: 0 }, 256)).toBe(128);
    expect(batchByFit({ fixed: 9, perItem: 1, residual: 0 }, 32)).toBe(32);
    expect(batchByFit({ fixed: 0.2, perItem: 10, residual: 0 }, 32)).toBe(1);
  });
});

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 2, 9], 3],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
