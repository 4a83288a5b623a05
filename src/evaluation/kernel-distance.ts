import { InvalidArgumentError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { type Matrix, matrixProduct, transposed } from './matrix-product.ts';
import { type Features, rowsOf } from './statistics.ts';

export interface KernelDistanceOptions {
  readonly seed: number;
  /** Default 100. */
  readonly subsets?: number;
  /** Pictures of each set in a subset, capped to what there is. Default 1000. */
  readonly subsetSize?: number;
}

export interface KernelDistance {
  /** Over the subsets. */
  readonly mean: number;
  /** Standard deviation over the subsets (divided by their number). */
  readonly deviation: number;
  readonly subsets: number;
  readonly subsetSize: number;
}

/**
 * KID (Binkowski et al. 2018, "Demystifying MMD GANs", section 4): the squared maximum mean discrepancy of two sets of
 * features `[N, D]` under the kernel k(x, y) = (x.y / D + 1)^3, unbiased, over random subsets drawn without replacement.
 * Unlike FID its expectation does not depend on the number of pictures. May be below zero.
 * @throws InvalidArgumentError for sets of one picture or of different dimensions
 */
export async function kernelDistance(
  first: Features,
  second: Features,
  { seed, subsets = 100, subsetSize = 1000 }: KernelDistanceOptions,
): Promise<KernelDistance> {
  const size = Math.min(first.count, second.count, subsetSize);
  if (size < 2) throw new InvalidArgumentError(`KID needs at least 2 pictures of each set, got ${size}`);
  if (first.dimension !== second.dimension) {
    throw new InvalidArgumentError(
      `features of ${first.dimension} and of ${second.dimension} dimensions cannot be compared`,
    );
  }
  // Subsets that are the whole sets are all the same.
  const draws = size === first.count && size === second.count ? 1 : subsets;
  const values: number[] = [];
  for (let subset = 0; subset < draws; subset++) {
    const random = Random.of(seed, 'kid', subset);
    const x = rowsOf(first, random.permutation(first.count, size));
    const y = rowsOf(second, random.permutation(second.count, size));
    values.push(await unbiasedDiscrepancy(x, y));
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws;
  return { mean, deviation: Math.sqrt(variance), subsets: draws, subsetSize: size };
}

/**
 * Unbiased squared MMD (Gretton et al. 2012, "A Kernel Two-Sample Test", equation 3): pairs of a vector with itself are
 * left out within a set. x, y: `[m, D]`.
 */
async function unbiasedDiscrepancy(x: Matrix, y: Matrix): Promise<number> {
  const m = x.rows;
  const within = (await kernelSum(x, x, true)) + (await kernelSum(y, y, true));
  const between = await kernelSum(x, y, false);
  return within / (m * (m - 1)) - (2 * between) / (m * m);
}

/** Sum of the kernel over all pairs of rows, without or with those of equal index. */
async function kernelSum(x: Matrix, y: Matrix, leaveDiagonalOut: boolean): Promise<number> {
  const { data } = await matrixProduct(x, transposed(y));
  const stride = x.rows + 1;
  let sum = 0;
  data.forEach((product, at) => {
    if (!leaveDiagonalOut || at % stride !== 0) sum += (product / x.columns + 1) ** 3;
  });
  return sum;
}
