import { expect } from 'vitest';
import { stridesOf, type Tensor, toNumbers } from '../core/tensor.ts';

/** An element is close when |actual - expected| <= atol + rtol * |expected|. */
export interface Tolerance {
  /** Relative part. Default: 1e-5. */
  readonly rtol?: number;
  /** Absolute part. Default: 1e-6. */
  readonly atol?: number;
}

interface Difference {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** |actual - expected| over what is allowed; NaN where only one of the two is NaN counts as infinite. */
  readonly excess: number;
}

/** Fails the test unless every element is close; the message names the worst one. A list of numbers has no shape. */
export function expectClose(
  actual: Tensor,
  expected: Tensor | ArrayLike<number>,
  tolerance: Tolerance = {},
): void {
  const reference = isTensor(expected) ? toNumbers(expected) : Array.from(expected);
  if (isTensor(expected)) expect([...actual.dims], 'shape').toEqual([...expected.dims]);
  const values = toNumbers(actual);
  expect(values.length, 'number of elements').toBe(reference.length);
  const worst = worstDifference(values, reference, tolerance);
  if (worst !== undefined && worst.excess > 1) expect.fail(describeDifference(worst, actual));
}

function worstDifference(
  actual: readonly number[],
  expected: readonly number[],
  { rtol = 1e-5, atol = 1e-6 }: Tolerance,
): Difference | undefined {
  let worst: Difference | undefined;
  for (const [index, value] of actual.entries()) {
    const reference = expected[index] as number;
    const excess = excessOf(value, reference, atol + rtol * Math.abs(reference));
    if (worst === undefined || excess > worst.excess) {
      worst = { index, actual: value, expected: reference, excess };
    }
  }
  return worst;
}

function excessOf(actual: number, expected: number, allowed: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const excess = Math.abs(actual - expected) / allowed;
  return Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess;
}

function describeDifference(worst: Difference, { dtype, dims }: Tensor): string {
  const place = stridesOf(dims).map(
    (stride, axis) => Math.floor(worst.index / stride) % (dims[axis] as number),
  );
  const times = worst.excess.toPrecision(3);
  return `worst element at [${place.join(', ')}] of ${dtype}[${dims.join(', ')}]: got ${worst.actual}, expected ${worst.expected}, ${times} times the tolerance`;
}

function isTensor(expected: Tensor | ArrayLike<number>): expected is Tensor {
  return 'dims' in expected;
}
