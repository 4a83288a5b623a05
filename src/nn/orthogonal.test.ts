import { describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { orthogonal } from './orthogonal.ts';

describe('orthogonal', () => {
  it.each([
    [5, 9],
    [9, 5],
    [6, 6],
    [1, 3],
  ])('gives orthonormal vectors along the shorter side of %d x %d', (rows, columns) => {
    const matrix = orthogonal(rows, columns, Random.of(3));
    expect(matrix).toHaveLength(rows * columns);
    const entry = (row: number, column: number) => matrix[row * columns + column] as number;
    const count = Math.min(rows, columns);
    const vector = (index: number) =>
      Array.from({ length: Math.max(rows, columns) }, (_, at) =>
        rows <= columns ? entry(index, at) : entry(at, index),
      );
    for (let left = 0; left < count; left++) {
      for (let right = 0; right < count; right++) {
        const product = vector(left).reduce(
          (sum, value, at) => sum + value * (vector(right)[at] as number),
          0,
        );
        expect(product).toBeCloseTo(left === right ? 1 : 0, 12);
      }
    }
  });
});
