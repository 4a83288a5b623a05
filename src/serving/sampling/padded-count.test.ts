import { expect, it } from 'vitest';
import { paddedCount } from './padded-count.ts';

it('fills up by less than a quarter, to few different counts', () => {
  const counts = Array.from({ length: 512 }, (_, index) => index + 1);
  const padded = counts.map(paddedCount);
  expect(padded.slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect([9, 16, 17, 20, 21, 256, 257, 300, 512].map(paddedCount)).toEqual([
    10, 16, 20, 20, 24, 256, 320, 320, 512,
  ]);
  for (const [index, count] of counts.entries()) {
    expect(padded[index]).toBeGreaterThanOrEqual(count);
    expect(padded[index]).toBeLessThan(1.25 * count);
  }
  expect(new Set(padded).size).toBe(32);
});
