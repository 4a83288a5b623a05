import { UnpairedError } from '../core/errors.ts';
import type { Matrix } from './matrix-product.ts';

/** A matrix that was given as a covariance and cannot be one. */
export class CovarianceError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'COVARIANCE_INVALID', status: 422 });
  }
}

/** Pivots below this share of the largest variance, times the dimension, are rounding (LAPACK's default of dpstrf). */
const roundingUnit = 2 ** -52;
/** A variance below minus this share of the largest is no rounding. */
const negativeShare = 1e-6;

/**
 * A root R `[rank, D]` with R^T R = S of a symmetric positive semi-definite S `[D, D]`: Cholesky with complete pivoting
 * (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 10.3), which stops at the numerical rank. The
 * covariance of N pictures has a rank below N, so this is what keeps FID cheap for few pictures.
 * @throws CovarianceError when S is not finite, or has a clearly negative direction
 */
export function covarianceRoot({ rows: dimension, data }: Matrix): Matrix {
  if (!data.every(Number.isFinite))
    throw new CovarianceError('the covariance has values that are not finite');
  const variances = Float64Array.from({ length: dimension }, (_, at) => data[at * dimension + at] as number);
  const largest = variances.reduce((most, value) => Math.max(most, value), 0);
  const rounding = dimension * roundingUnit * largest;
  const root = new Float64Array(dimension * dimension);
  let rank = 0;
  for (; rank < dimension; rank++) {
    const pivot = indexOfLargest(variances);
    const variance = variances[pivot] as number;
    if (variance <= rounding) break;
    const row = root.subarray(rank * dimension, (rank + 1) * dimension);
    row.set(data.subarray(pivot * dimension, (pivot + 1) * dimension));
    subtractKnown(row, root, rank, pivot);
    const scale = Math.sqrt(variance);
    for (let at = 0; at < dimension; at++) {
      row[at] = (row[at] as number) / scale;
      variances[at] = (variances[at] as number) - (row[at] as number) ** 2;
    }
    // What rounding leaves of a direction that is done must not be chosen again.
    variances[pivot] = 0;
  }
  requireNoNegative(variances, largest);
  return { rows: rank, columns: dimension, data: root.subarray(0, rank * dimension) };
}

/** Takes from row `pivot` of S what the rows of the root so far make of it. */
function subtractKnown(row: Float64Array, root: Float64Array, rank: number, pivot: number): void {
  const dimension = row.length;
  for (let known = 0; known < rank; known++) {
    const start = known * dimension;
    const factor = root[start + pivot] as number;
    if (factor === 0) continue;
    for (let at = 0; at < dimension; at++) {
      row[at] = (row[at] as number) - factor * (root[start + at] as number);
    }
  }
}

function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let at = 1; at < values.length; at++) {
    if ((values[at] as number) > (values[largest] as number)) largest = at;
  }
  return largest;
}

function requireNoNegative(remaining: Float64Array, largest: number): void {
  const least = remaining.reduce((lowest, value) => Math.min(lowest, value), 0);
  if (least >= -negativeShare * largest) return;
  throw new CovarianceError(
    `the covariance has a direction of negative variance (${least.toPrecision(3)}, where the largest is ${largest.toPrecision(3)})`,
  );
}
