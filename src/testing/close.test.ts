import { expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { expectClose } from './close.ts';

it('accepts equal, close, infinite and NaN elements', () => {
  const expected = float32([4], [1, 2, Number.POSITIVE_INFINITY, Number.NaN]);
  expectClose(float32([4], [1.000_005, 2, Number.POSITIVE_INFINITY, Number.NaN]), expected);
});

it('names the worst element', () => {
  expect(() => expectClose(float32([2, 2], [1, 2, 3.5, 4.25]), [1, 2, 3, 4], { rtol: 0, atol: 0.1 })).toThrow(
    'worst element at [1, 0] of float32[2, 2]: got 3.5, expected 3, 5.00 times the tolerance',
  );
});

it('refuses a NaN, another shape and another length', () => {
  expect(() => expectClose(float32([1], [Number.NaN]), [1])).toThrow('got NaN, expected 1');
  expect(() => expectClose(float32([1, 2], [1, 2]), float32([2], [1, 2]))).toThrow('shape');
  expect(() => expectClose(float32([2], [1, 2]), [1])).toThrow('number of elements');
});
