import { afterEach, expect, it, vi } from 'vitest';
import type { Tensor } from '../core/tensor.ts';
import { KnownPoison } from './known-poison.ts';

afterEach(() => vi.useRealTimers());

function asked(value: number, key = 'k') {
  const input: Tensor = { dtype: 'float32', dims: [1, 2], data: Float32Array.of(value, -value) };
  return { key, work: { feeds: { input } } };
}

it('knows the inputs, whatever array holds them', () => {
  const known = new KnownPoison();
  known.remember(asked(1), 'died');
  const inOther = Float32Array.of(9, 1, -1, 9).subarray(1, 3);
  const input: Tensor = { dtype: 'float32', dims: [1, 2], data: inOther };
  expect(known.reasonAgainst({ key: 'k', work: { feeds: { input } } })).toBe('died');
  expect(known.reasonAgainst(asked(2))).toBeUndefined();
  expect(known.reasonAgainst(asked(1, 'other'))).toBeUndefined();
});

it('forgets after three minutes, and the oldest of more than 64', () => {
  vi.useFakeTimers();
  const known = new KnownPoison();
  for (let value = 0; value <= 64; value++) known.remember(asked(value), value);
  expect(known.reasonAgainst(asked(0))).toBeUndefined();
  vi.advanceTimersByTime(179_000);
  expect(known.reasonAgainst(asked(64))).toBe(64);
  vi.advanceTimersByTime(1000);
  expect(known.reasonAgainst(asked(64))).toBeUndefined();
});
