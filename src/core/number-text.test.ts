import { expect, it } from 'vitest';
import { tickText, valueText, wholeText } from './number-text.ts';

it.each([
  [1.3533556461, '1.353'],
  [0.0002, '0.0002'],
  [1e-8, '1e-8'],
  [1.25e-7, '1.25e-7'],
  [0, '0'],
  [-2.5, '-2.5'],
  [1200, '1200'],
  [12345.6, '12346'],
  [2.5e9, '2.5e+9'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('writes the value %d as %s', (value, text) => {
  expect(valueText(value)).toBe(text);
});

it.each([
  [0, 0.5, '0'],
  [0.5, 0.5, '0.5'],
  [0.25, 0.05, '0.25'],
  [3, 1, '3'],
  [20_000, 20_000, '20k'],
  [12_500, 500, '12.5k'],
  [2_000_000, 1_000_000, '2M'],
  [0.0002, 0.0001, '2e-4'],
  [0.0003, 0.1 ** 4, '3e-4'],
])('marks %d of an axis with lines %d apart as %s', (value, spacing, text) => {
  expect(tickText(value, spacing)).toBe(text);
});

it('groups the digits of whole numbers', () => {
  expect(wholeText(2_827_459)).toBe('2,827,459');
  expect(wholeText(Number.NaN)).toBe('NaN');
});
