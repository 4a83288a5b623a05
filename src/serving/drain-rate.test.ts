import { expect, it } from 'vitest';
import { DrainRate, retryAfter } from './drain-rate.ts';

it('tells networks apart, and counts one that has not run as the average of the others', () => {
  const rate = new DrainRate();
  expect(rate.millisecondsFor([{ network: 'generator', items: 3 }], 1)).toBe(0);
  rate.record({ network: 'encoder', items: 10 }, 20);
  for (let run = 0; run < 50; run++) rate.record({ network: 'generator', items: 2 }, 2000);
  expect(rate.millisecondsFor([{ network: 'encoder', items: 4 }], 1)).toBe(8);
  expect(rate.millisecondsFor([{ network: 'generator', items: 4 }], 2)).toBe(2000);
  expect(rate.millisecondsFor([{ network: 'new', items: 1 }], 1)).toBeCloseTo(1000, 0);
  expect(rate.millisecondsFor([{ network: 'encoder', items: 1 }], 1, 2)).toBeCloseTo(2002, 0);
});

it('follows what changes, by a fifth a run', () => {
  const rate = new DrainRate();
  rate.record({ network: 'n', items: 1 }, 100);
  rate.record({ network: 'n', items: 1 }, 200);
  expect(rate.millisecondsFor([{ network: 'n', items: 1 }], 1)).toBeCloseTo(120);
});

it.each([
  [0, 1],
  [1001, 2],
  [1e9, 60],
])('%d ms are told as %d s', (milliseconds, seconds) => {
  expect(retryAfter(milliseconds)).toBe(seconds);
});
