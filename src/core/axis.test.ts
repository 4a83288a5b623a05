import { expect, it } from 'vitest';
import { rangeOf, ticksOf } from './axis.ts';

it('leaves a peak out, but nothing that must be shown', () => {
  const values = [...Array.from({ length: 99 }, (_, index) => 10 + index / 100), 1e6];
  expect(rangeOf(values).high).toBeLessThan(12);
  expect(rangeOf(values, [20]).high).toBeGreaterThan(20);
});

it('begins at zero where that is near', () => {
  expect(rangeOf([1, 5]).low).toBe(0);
  expect(rangeOf([-5, -1]).high).toBe(0);
  expect(rangeOf([4, 5]).low).toBeGreaterThan(3);
});

it.each([[[]], [[0]], [[3, 3, 3]], [[-2]], [[Number.NaN]], [[1e-300]], [[1, 1 + 1e-12]]])(
  'has room around %j',
  (values) => {
    const { low, high } = rangeOf(values);
    expect(high).toBeGreaterThan(low);
    for (const value of values.filter(Number.isFinite)) {
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
    }
    const { ticks } = ticksOf({ low, high }, 4);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThan(10);
  },
);

it.each([
  [{ low: 0, high: 4.2 }, [0, 2, 4]],
  [{ low: 0, high: 1 }, [0, 0.5, 1]],
  [{ low: -3, high: 7 }, [0, 5]],
  [{ low: 0, high: 60_000 }, [0, 20_000, 40_000, 60_000]],
])('has round numbers in %j', (range, ticks) => {
  expect(ticksOf(range, 4).ticks).toEqual(ticks);
});
