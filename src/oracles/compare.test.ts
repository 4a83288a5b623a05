import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../core/tensor.ts';
import { compare } from './compare.ts';
import type { ExpectedOutput } from './oracle-case.ts';

function saved(tensor: Tensor, options: Partial<ExpectedOutput> = {}): ExpectedOutput {
  return { name: 'y', file: 'y.bin', shape: [...tensor.dims], dtype: tensor.dtype, tensor, ...options };
}

describe('floats', () => {
  const expected = saved(float32([3], [1, 2, 3]), { atol: 0.25 });

  it('agree up to the tolerance, and the worst error is measured in tolerances', () => {
    const comparison = compare(expected, float32([3], [1, 1.75, 3.125]));
    expect(comparison).toMatchObject({ ok: true, ratio: 1, error: 0.25, tolerance: 0.25 });
  });

  it('differ beyond it', () => {
    expect(compare(expected, float32([3], [1, 2, 3.5]))).toMatchObject({ ok: false, ratio: 2 });
  });

  it('that are not numbers agree with nothing, not even with each other', () => {
    expect(compare(expected, float32([3], [1, Number.NaN, 3])).ok).toBe(false);
    const hopeless = saved(float32([1], [Number.NaN]), { atol: 1 });
    expect(compare(hopeless, float32([1], [Number.NaN])).ok).toBe(false);
  });

  it('must be equal where the tolerance is 0', () => {
    const exact = saved(float32([1], [1]), { atol: 0 });
    expect(compare(exact, float32([1], [1]))).toMatchObject({ ok: true, ratio: 0 });
    expect(compare(exact, float32([1], [1.0000001])).ok).toBe(false);
  });

  it('without a tolerance cannot be judged', () => {
    expect(compare(saved(float32([], [1])), float32([], [1])).reason).toBe('has no atol in case.json');
  });
});

describe('parameters after an Adam step', () => {
  const zeros = new Array<number>(1000).fill(0);
  const expected = saved(float32([1000], zeros), { atol: 1, allowed_outlier_fraction: 0.002 });
  const moved = (...by: number[]) => float32([1000], [...by, ...zeros.slice(by.length)]);

  it('may miss in the allowed fraction of the elements', () => {
    expect(compare(expected, moved(20, -20, 0.5))).toMatchObject({ ok: true, ratio: 0.5 });
    expect(compare(expected, moved(20, -20, 1.5))).toMatchObject({ ok: false, ratio: 1.5 });
  });

  it('may not miss by more than a step the other way', () => {
    expect(compare(expected, moved(22)).ok).toBe(false);
  });

  it('of few elements may not miss at all', () => {
    const few = saved(float32([2], [0, 0]), { atol: 1, allowed_outlier_fraction: 0.002 });
    expect(compare(few, float32([2], [2, 0])).ok).toBe(false);
  });
});

describe('integers', () => {
  const expected = saved(int64([3], [1, 2, 3]));

  it('are equal or not', () => {
    expect(compare(expected, int64([3], [1, 2, 3]))).toMatchObject({ ok: true, ratio: 0 });
    expect(compare(expected, int64([3], [1, 2, 4])).reason).toBe('1 of 3 integers differ');
  });

  it('are not compared with floats', () => {
    expect(compare(expected, float32([3], [1, 2, 3])).reason).toBe('is float32, expected int64');
  });
});

describe('an output', () => {
  it('that is not produced fails', () => {
    const comparison = compare(saved(float32([], [1]), { atol: 1 }), undefined);
    expect(comparison).toMatchObject({ ok: false, reason: 'is not produced' });
  });

  it('of another shape fails, also when it has as many elements', () => {
    const comparison = compare(saved(float32([2, 1], [1, 2]), { atol: 1 }), float32([1, 2], [1, 2]));
    expect(comparison.reason).toBe('has shape [1, 2], expected [2, 1]');
  });
});
