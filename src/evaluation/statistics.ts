import { InvalidArgumentError } from '../core/errors.ts';
import { type Matrix, matrix, matrixProduct, transposed } from './matrix-product.ts';

/** Feature vectors of a set of pictures, one a row: float32 `[count, dimension]`. */
export interface Features {
  readonly count: number;
  readonly dimension: number;
  readonly data: Float32Array;
}

/** What FID knows of a set of pictures: mean `[D]` and covariance `[D, D]` of its features, in double precision. */
export interface FeatureStatistics {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

/** Rows of features that are centred in double precision at once. */
const rowsAtOnce = 1024;

/**
 * Mean and unbiased covariance (divided by N - 1), as `numpy.mean(axis=0)` and `numpy.cov(rowvar=False)`.
 * @throws InvalidArgumentError for fewer than two vectors, whose covariance is not defined
 */
export async function statisticsOf(features: Features): Promise<FeatureStatistics> {
  const { count, dimension } = features;
  if (count < 2) {
    throw new InvalidArgumentError(`a covariance needs at least 2 pictures, got ${count}`);
  }
  const mean = meanOf(features);
  const covariance = new Float64Array(dimension * dimension);
  for (let start = 0; start < count; start += rowsAtOnce) {
    const centred = centredRows(features, mean, start, Math.min(start + rowsAtOnce, count));
    const { data } = await matrixProduct(transposed(centred), centred);
    data.forEach((value, at) => {
      covariance[at] = (covariance[at] as number) + value / (count - 1);
    });
  }
  return { mean, covariance: matrix(dimension, dimension, covariance) };
}

function meanOf({ count, dimension, data }: Features): Float64Array {
  const sums = new Float64Array(dimension);
  data.forEach((value, at) => {
    sums[at % dimension] = (sums[at % dimension] as number) + value;
  });
  return sums.map((sum) => sum / count);
}

function centredRows({ dimension, data }: Features, mean: Float64Array, start: number, end: number): Matrix {
  const rows = matrix(end - start, dimension, data.subarray(start * dimension, end * dimension));
  rows.data.forEach((value, at) => {
    rows.data[at] = value - (mean[at % dimension] as number);
  });
  return rows;
}

/** Chosen rows, in double precision. */
export function rowsOf({ dimension, data }: Features, chosen: readonly number[]): Matrix {
  const rows = new Float64Array(chosen.length * dimension);
  chosen.forEach((row, at) => {
    rows.set(data.subarray(row * dimension, (row + 1) * dimension), at * dimension);
  });
  return matrix(chosen.length, dimension, rows);
}
