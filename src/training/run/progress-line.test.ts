import { expect, test } from 'vitest';
import { formatBarLine, formatDuration, formatPlainLine, type ShownProgress } from './progress-line.ts';

const progress: ShownProgress = {
  step: 1200,
  totalSteps: 4000,
  epoch: 2,
  imagesPerSecond: 3.4211,
  secondsLeft: 819,
  losses: { gan: 0.2508, nce: 4.021 },
};

test('a plain line tells all there is', () => {
  expect(formatPlainLine(progress)).toBe(
    'step 1200/4000 (30%)  epoch 2  3.42 images/s  ETA 13m 39s  gan 0.251  nce 4.02',
  );
});

test('a bar line puts the bar first', () => {
  expect(formatBarLine('==--', progress)).toBe(`[==--] ${formatPlainLine(progress)}`);
  expect(formatBarLine('----', undefined)).toBe('[----] starting');
});

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [59.6, '1m 0s'],
  [3599, '59m 59s'],
  [3600, '1h 0m'],
  [86_399, '23h 59m'],
  [86_400 * 2 + 3600 * 3 + 59, '2d 3h'],
  [Number.POSITIVE_INFINITY, '?'],
  [Number.NaN, '?'],
])('%s seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, '0.00'],
  [0.0001234, '1.23e-4'],
  [-0.5, '-0.500'],
  [123.4, '123'],
  [99_999, '99999'],
  [1_234_567, '1.23e+6'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('a loss of %s reads %s', (value, text) => {
  expect(formatPlainLine({ ...progress, losses: { gan: value } })).toMatch(
    new RegExp(`gan ${text.replace('+', '\\+')}$`),
  );
});
