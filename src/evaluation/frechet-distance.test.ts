import { describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { CovarianceError, covarianceRoot } from './covariance-root.ts';
import { frechetDistance } from './frechet-distance.ts';
import { matrix, matrixProduct, transposed } from './matrix-product.ts';
import { type Features, statisticsOf } from './statistics.ts';
import { patternFeatures } from './testing/pattern-features.ts';

const random = Random.of(4, 'features');
const normal = (count: number, dimension: number): Features => ({
  count,
  dimension,
  data: random.fill(count * dimension, (draw) => draw.normal()),
});

describe('statistics', () => {
  it('are the mean and the covariance over N - 1', async () => {
    const { mean, covariance } = await statisticsOf(patternFeatures(12, 5, 3));
    // numpy.mean and numpy.cov of the same numbers.
    expect(mean[0]).toBeCloseTo(0.95, 6);
    expect(mean[1]).toBeCloseTo(0.65, 6);
    expect(covariance.data[0]).toBeCloseTo(0.47909091, 7);
    expect(covariance.data[1]).toBeCloseTo(-0.06000001, 7);
    expect(covariance.data[10]).toBeCloseTo(-0.01363635, 7);
  });

  it('do not depend on how many rows are added at once', async () => {
    const features = normal(1500, 3);
    const { covariance } = await statisticsOf(features);
    const at = (row: number, column: number) => features.data[row * 3 + column] as number;
    const rows = Array.from({ length: 1500 }, (_, row) => row);
    const mean = (column: number) => rows.reduce((sum, row) => sum + at(row, column), 0) / 1500;
    const [m0, m2] = [mean(0), mean(2)];
    const expected = rows.reduce((sum, row) => sum + (at(row, 0) - m0) * (at(row, 2) - m2), 0) / 1499;
    expect(covariance.data[2]).toBeCloseTo(expected, 12);
  });

  it('need two pictures', async () => {
    await expect(statisticsOf(normal(1, 3))).rejects.toThrow(/at least 2 pictures, got 1/);
  });
});

describe('the root of a covariance', () => {
  it('gives it back, and has its rank', async () => {
    const { covariance } = await statisticsOf(normal(5, 12));
    const root = covarianceRoot(covariance);
    expect(root.rows).toBe(4);
    const { data } = await matrixProduct(transposed(root), root);
    covariance.data.forEach((value, at) => {
      expect(data[at]).toBeCloseTo(value, 12);
    });
  });

  it('of nothing is empty', () => {
    expect(covarianceRoot(matrix(3, 3, new Float64Array(9))).rows).toBe(0);
  });

  it('is refused to what is no covariance', () => {
    expect(() => covarianceRoot(matrix(2, 2, [1, 3, 3, 1]))).toThrow(CovarianceError);
    expect(() => covarianceRoot(matrix(2, 2, [1, 3, 3, 1]))).toThrow(/negative variance \(-8.00/);
    expect(() => covarianceRoot(matrix(1, 1, [Number.NaN]))).toThrow(/not finite/);
  });
});

describe('FID', () => {
  // The oracle case H_fid holds values of the published code; these are the properties that it follows from.
  it('is what scipy computes with sqrtm', async () => {
    const [first, second] = await Promise.all([
      statisticsOf(patternFeatures(12, 5, 3)),
      statisticsOf(patternFeatures(13, 5, 6)),
    ]);
    expect(await frechetDistance(first, second)).toBeCloseTo(0.34809925106440787, 9);
    expect(await frechetDistance(second, first)).toBeCloseTo(0.34809925106440787, 9);
  });

  it('of two Gaussians of one dimension is (m1 - m2)^2 + (s1 - s2)^2', async () => {
    const gaussian = (mean: number, deviation: number) => ({
      mean: Float64Array.of(mean),
      covariance: matrix(1, 1, [deviation ** 2]),
    });
    expect(await frechetDistance(gaussian(1, 3), gaussian(5, 0.5))).toBeCloseTo(16 + 6.25, 12);
    expect(await frechetDistance(gaussian(1, 3), gaussian(5, 0))).toBeCloseTo(16 + 9, 12);
  });

  it('of a set from itself is nothing, with fewer pictures than dimensions too', async () => {
    for (const count of [40, 7]) {
      const own = await statisticsOf(normal(count, 20));
      expect(Math.abs(await frechetDistance(own, own))).toBeLessThan(1e-6);
    }
  });

  it('needs features of one kind', async () => {
    const [two, three] = [await statisticsOf(normal(4, 2)), await statisticsOf(normal(4, 3))];
    await expect(frechetDistance(two, three)).rejects.toThrow(/of 2 and of 3 dimensions/);
  });
});
