import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { styleDistribution } from './style-distribution.ts';

/** factor factor^T. */
function covarianceOf(factor: readonly (readonly number[])[]): number[][] {
  return factor.map((row) =>
    factor.map((other) => row.reduce((sum, value, index) => sum + value * (other[index] as number), 0)),
  );
}

function expectClose(found: readonly number[], expected: readonly number[], digits = 5): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected[index] as number, digits);
}

describe('styleDistribution', () => {
  it('has the mean and the covariance of the codes, in a lower triangle', () => {
    const { mean, factor } = styleDistribution([
      [1, 2],
      [3, 8],
      [5, 2],
    ]);
    expectClose(mean, [3, 4]);
    // Sums of squares 8, 24 and of products 0 + 0 - 4 + ... of the offsets (-2,-2), (0,4), (2,-2), over two.
    expectClose(covarianceOf(factor).flat(), [4, 0, 0, 12]);
    expect(factor[0]?.[1]).toBe(0);
  });

  it('finds again what codes were drawn with', () => {
    const known = [
      [2, 0, 0],
      [-1, 0.5, 0],
      [0.3, 0.7, 0.1],
    ];
    const random = Random.of(1, 'styles');
    const codes = Array.from({ length: 4000 }, () => {
      const z = random.fill(3, (draw) => draw.normal());
      return known.map((row, place) =>
        row.reduce((sum, value, at) => sum + value * (z[at] as number), place),
      );
    });
    const { mean, factor } = styleDistribution(codes);
    expectClose(mean, [0, 1, 2], 1);
    for (const [row, values] of factor.entries()) expectClose(values, known[row] as number[], 1);
    expect(factor.map((row) => row.findLastIndex((value) => value !== 0))).toEqual([0, 1, 2]);
  });

  it('keeps to the directions in which the codes vary', () => {
    const codes = [0, 1, 2, 3].map((t) => [t, 7, 2 * t, -t]);
    const { factor } = styleDistribution(codes);
    const deviation = Math.sqrt(5 / 3);
    expectClose(
      factor.map((row) => row[0] as number),
      [deviation, 0, 2 * deviation, -deviation],
    );
    expect(factor.flatMap((row) => row.slice(1)).every((value) => value === 0)).toBe(true);
  });

  it('is a single style where there is one', () => {
    expect(styleDistribution([Float32Array.of(0.5, -1)])).toEqual({
      mean: [0.5, -1],
      factor: [
        [0, 0],
        [0, 0],
      ],
    });
  });

  it('refuses to be of nothing', () => {
    expect(() => styleDistribution([])).toThrow('a distribution of styles needs a style, got none');
  });
});
