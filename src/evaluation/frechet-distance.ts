import { InvalidArgumentError } from '../core/errors.ts';
import { covarianceRoot } from './covariance-root.ts';
import { type Matrix, matrixProduct, transposed } from './matrix-product.ts';
import type { FeatureStatistics } from './statistics.ts';
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts';

/**
 * FID (Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule", equation 6), the squared Fréchet distance of
 * two Gaussians:
 *
 *   |m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2))
 *
 * with unbiased covariances and in double precision, as the published implementations have it. Nothing is added to
 * singular covariances: Tr (S1 S2)^(1/2) is computed as the sum of the singular values of R1 R2^T, where S = R^T R,
 * which is exact for them. Rounding may leave a set a tiny negative distance from itself.
 * @throws InvalidArgumentError when the features have different dimensions; CovarianceError
 */
export async function frechetDistance(first: FeatureStatistics, second: FeatureStatistics): Promise<number> {
  if (first.mean.length !== second.mean.length) {
    throw new InvalidArgumentError(
      `features of ${first.mean.length} and of ${second.mean.length} dimensions cannot be compared`,
    );
  }
  const shift = first.mean.reduce((sum, value, at) => sum + (value - (second.mean[at] as number)) ** 2, 0);
  const shared = await traceOfRoot(first.covariance, second.covariance);
  return shift + trace(first.covariance) + trace(second.covariance) - 2 * shared;
}

function trace({ rows, data }: Matrix): number {
  let sum = 0;
  for (let at = 0; at < rows; at++) sum += data[at * rows + at] as number;
  return sum;
}

/** Tr (S1 S2)^(1/2): the eigenvalues of S1 S2 are those of G G^T, with G = R1 R2^T `[rank1, rank2]`. */
async function traceOfRoot(first: Matrix, second: Matrix): Promise<number> {
  const [fewer, more] = [covarianceRoot(first), covarianceRoot(second)].sort((a, b) => a.rows - b.rows) as [
    Matrix,
    Matrix,
  ];
  if (fewer.rows === 0) return 0;
  const g = await matrixProduct(fewer, transposed(more));
  const eigenvalues = symmetricEigenvalues(await matrixProduct(g, transposed(g)));
  // A negative one is rounding around zero; its root is imaginary, and the real part is what counts.
  return eigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
}
