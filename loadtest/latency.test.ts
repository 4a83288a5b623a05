import { expect, it } from 'vitest';
import { LatencyHistogram } from './latency.ts';

it('tells quantiles to three figures', () => {
  const times = new LatencyHistogram();
  for (let time = 1; time <= 1000; time++) times.record(time);
  const { count, mean, p50, p99, p999, max } = times.summary();
  expect(count).toBe(1000);
  for (const [found, expected] of [
    [mean, 500.5],
    [p50, 500],
    [p99, 990],
    [p999, 999],
    [max, 1000],
  ] as const)
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.002);
  const quantiles = times.quantiles();
  expect(quantiles).toHaveLength(201);
  expect(quantiles[100]).toBeCloseTo(500, 0);
});

it('is zero without samples, and keeps what is shorter or longer than it can tell', () => {
  const times = new LatencyHistogram(2);
  expect(times.summary()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  times.record(0);
  times.record(1e12);
  expect(times.count).toBe(2);
  expect(times.summary().max).toBeGreaterThan(3_500_000);
});
