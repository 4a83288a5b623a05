import { expect, it } from 'vitest';
import { drawPairs, featureDistance } from './diversity.ts';

it('takes every pair of few pictures once', () => {
  expect(drawPairs(4, { seed: 0 }).map(String).sort()).toEqual(['0,1', '0,2', '0,3', '1,2', '1,3', '2,3']);
  expect(drawPairs(1, { seed: 0 })).toEqual([]);
});

it('draws different pairs of many, the same by the same seed', () => {
  const drawn = drawPairs(100, { seed: 7, pairs: 50 });
  expect(new Set(drawn.map(String)).size).toBe(50);
  for (const [first, second] of drawn) expect(first).toBeLessThan(second);
  expect(drawPairs(100, { seed: 7, pairs: 50 })).toEqual(drawn);
  expect(drawPairs(100, { seed: 8, pairs: 50 })).not.toEqual(drawn);
});

it('measures the distance of two rows', () => {
  const features = { dimension: 2, data: Float32Array.of(0, 0, 9, 9, 3, 4) };
  expect(featureDistance(features, [0, 2])).toBe(5);
});
