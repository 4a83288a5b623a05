import { InvalidArgumentError } from '../../core/errors.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { Random } from '../../core/random.ts';

type VectorQuantized = Extract<Manifest['translator'], { kind: 'vector-quantized' }>;

/** Styles are mean + factor z, z standard normal: the factor is lower triangular, factor factor^T their covariance. */
export type StyleDistribution = NonNullable<VectorQuantized['source']['styles']>;

/** Shares of the largest variance below which a direction is taken to have none: rounding of the codes. */
const negligible = 1e-9;
/** Codes are float32. */
const digits = 7;

/**
 * The normal distribution with mean and covariance of style codes. Directions in which they do not vary, as there are
 * when they are fewer than their numbers, stay without variance.
 * @param codes one or more, all of the same length
 * @throws InvalidArgumentError without codes
 */
export function styleDistribution(codes: readonly ArrayLike<number>[]): StyleDistribution {
  const length = codes[0]?.length;
  if (length === undefined)
    throw new InvalidArgumentError('a distribution of styles needs a style, got none');
  const places = Array.from({ length }, (_, place) => place);
  const mean = places.map((place) => sumOf(codes, (code) => code[place] as number) / codes.length);
  const covariance = places.map((row) =>
    places.map((column) => {
      const offsets = (code: ArrayLike<number>) =>
        ((code[row] as number) - (mean[row] as number)) *
        ((code[column] as number) - (mean[column] as number));
      return sumOf(codes, offsets) / Math.max(1, codes.length - 1);
    }),
  );
  return { mean: mean.map(rounded), factor: choleskyFactor(covariance).map((row) => row.map(rounded)) };
}

/** A style drawn from the distribution. */
export function drawnStyle({ mean, factor }: StyleDistribution, random: Random): number[] {
  const z = random.fill(mean.length, (draw) => draw.normal());
  return mean.map((value, row) => value + dot(factor[row] as number[], [...z], row + 1));
}

/**
 * Lower triangular L with L L^T = S of a symmetric positive semi-definite S (Golub and Van Loan, algorithm 4.2.1); where
 * nothing of a variance is left, the column is 0.
 */
function choleskyFactor(matrix: readonly (readonly number[])[]): number[][] {
  const least = negligible * Math.max(0, ...matrix.map((row, index) => row[index] as number));
  const factor = matrix.map((row) => row.map(() => 0));
  for (const [column, pivotRow] of factor.entries()) {
    const left = (row: number) =>
      (matrix[row]?.[column] as number) - dot(factor[row] as number[], pivotRow, column);
    const variance = left(column);
    if (variance <= least) continue;
    const pivot = Math.sqrt(variance);
    for (let row = column; row < factor.length; row++) (factor[row] as number[])[column] = left(row) / pivot;
  }
  return factor;
}

function dot(a: readonly number[], b: readonly number[], length: number): number {
  return a.slice(0, length).reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

function sumOf<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}

function rounded(value: number): number {
  return Number(value.toPrecision(digits));
}
