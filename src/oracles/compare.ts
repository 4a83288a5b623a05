import { type Tensor, toNumbers } from '../core/tensor.ts';
import type { ExpectedOutput } from './oracle-case.ts';

/** One output held against the saved one. */
export interface Comparison {
  readonly output: string;
  readonly ok: boolean;
  /** Worst error over its tolerance, outliers that are allowed left out; at most 1 when ok. */
  readonly ratio: number;
  /** Largest difference that was counted. */
  readonly error: number;
  readonly tolerance: number;
  /** What is wrong, when numbers do not say it. */
  readonly reason?: string;
}

/** An allowed outlier moved by one Adam step the other way: by two learning rates, where atol is a tenth of one. */
const outlierTolerances = 21;

/**
 * Holds what we computed against what the case saved: integers must be equal, floats within `atol` of each other
 * element by element, but for the allowed fraction of outliers.
 * @param produced undefined: the output could not be computed, which is a failure
 */
export function compare(expected: ExpectedOutput, produced: Tensor | undefined): Comparison {
  const failed = (reason: string): Comparison => ({
    output: expected.name,
    ok: false,
    ratio: Number.POSITIVE_INFINITY,
    error: Number.POSITIVE_INFINITY,
    tolerance: expected.atol ?? 0,
    reason,
  });
  if (produced === undefined) return failed('is not produced');
  if (produced.dims.join() !== expected.tensor.dims.join()) {
    return failed(`has shape [${produced.dims.join(', ')}], expected [${expected.tensor.dims.join(', ')}]`);
  }
  if ((expected.dtype === 'int64') !== (produced.dtype === 'int64')) {
    return failed(`is ${produced.dtype}, expected ${expected.dtype}`);
  }
  if (expected.dtype === 'int64') return compareIntegers(expected, produced);
  if (expected.atol === undefined) return failed('has no atol in case.json');
  return compareFloats(expected, produced, expected.atol);
}

function compareIntegers(expected: ExpectedOutput, produced: Tensor): Comparison {
  const [ours, saved] = [produced.data, expected.tensor.data] as [BigInt64Array, BigInt64Array];
  const different = ours.reduce((count, value, index) => count + (value === saved[index] ? 0 : 1), 0);
  const ok = different === 0;
  const ratio = ok ? 0 : Number.POSITIVE_INFINITY;
  const comparison = { output: expected.name, ok, ratio, error: different, tolerance: 0 };
  return ok ? comparison : { ...comparison, reason: `${different} of ${ours.length} integers differ` };
}

function compareFloats(expected: ExpectedOutput, produced: Tensor, tolerance: number): Comparison {
  const saved = toNumbers(expected.tensor);
  const errors = toNumbers(produced)
    .map((value, index) => difference(value, saved[index] as number))
    .sort((a, b) => b - a);
  const allowed = Math.floor(errors.length * (expected.allowed_outlier_fraction ?? 0));
  const error = errors[allowed] ?? 0;
  const outlier = allowed > 0 ? inTolerances(errors[0] ?? 0, tolerance) : 0;
  const ratio = Math.max(inTolerances(error, tolerance), outlier > outlierTolerances ? outlier : 0);
  return { output: expected.name, ok: ratio <= 1, ratio, error, tolerance };
}

function inTolerances(error: number, tolerance: number): number {
  return error === 0 ? 0 : error / tolerance;
}

/** Anything that is not a number is infinitely far from everything. */
function difference(a: number, b: number): number {
  const distance = Math.abs(a - b);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}
