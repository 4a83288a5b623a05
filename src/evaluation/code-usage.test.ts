import { expect, it } from 'vitest';
import { codeMap } from '../core/code-map/code-map.ts';
import { codeUsage } from './code-usage.ts';

it('counts entries as often as they occur', () => {
  const even = codeUsage([codeMap(1, 2, [0, 3]), codeMap(2, 1, [5, 6])], 8);
  expect(even.used).toBe(4);
  expect(even.perplexity).toBeCloseTo(4, 10);
  expect(codeUsage([codeMap(1, 3, [2, 2, 2])], 8)).toEqual({ used: 1, perplexity: 1 });
  // Entropy of 3/4 and 1/4.
  const uneven = codeUsage([codeMap(2, 2, [1, 1, 1, 7])], 8);
  expect(uneven.perplexity).toBeCloseTo(0.75 ** -0.75 * 0.25 ** -0.25, 10);
});
