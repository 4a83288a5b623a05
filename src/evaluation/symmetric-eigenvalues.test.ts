import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matrix } from './matrix-product.ts';
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts';

const sorted = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b);

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) {
    expect(Math.abs((actual[at] as number) - value)).toBeLessThanOrEqual(tolerance);
  }
}

it('finds those of the second difference, 2 - 2 cos(k pi / (n + 1))', () => {
  const n = 60;
  const entries = Array.from({ length: n * n }, (_, at) => {
    const distance = Math.abs(Math.trunc(at / n) - (at % n));
    return distance === 0 ? 2 : distance === 1 ? -1 : 0;
  });
  const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
  expectClose(sorted(symmetricEigenvalues(matrix(n, n, entries))), sorted(expected), 1e-13);
});

it('finds those that a reflection hides', () => {
  // H D H with H = I - 2 v v^T / v.v has the eigenvalues D; some are equal, and some nothing.
  const value = fc.constantFrom<number[]>(-3, 0, 0, 1e-3, 1, 1, 2.5, 400);
  const problem = fc
    .integer({ min: 1, max: 14 })
    .chain((n) =>
      fc.tuple(
        fc.array(value, { minLength: n, maxLength: n }),
        fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
      ),
    );
  fc.assert(
    fc.property(problem, ([eigenvalues, v]) => {
      const n = v.length;
      const length = v.reduce((sum, part) => sum + part * part, 0);
      const h = (row: number, column: number) =>
        (row === column ? 1 : 0) - (2 * (v[row] as number) * (v[column] as number)) / length;
      const entries = Array.from({ length: n * n }, (_, at) =>
        eigenvalues.reduce((sum, each, k) => sum + h(Math.trunc(at / n), k) * each * h(k, at % n), 0),
      );
      expectClose(sorted(symmetricEigenvalues(matrix(n, n, entries))), sorted(eigenvalues), 1e-10);
    }),
  );
});

it('takes diagonal, empty and tiny matrices', () => {
  expect(sorted(symmetricEigenvalues(matrix(3, 3, [3, 0, 0, 0, -1, 0, 0, 0, 2])))).toEqual([-1, 2, 3]);
  expect(sorted(symmetricEigenvalues(matrix(2, 2, [0, 0, 0, 0])))).toEqual([0, 0]);
  expect(sorted(symmetricEigenvalues(matrix(0, 0, [])))).toEqual([]);
  expectClose(sorted(symmetricEigenvalues(matrix(2, 2, [0, 1, 1, 0]))), [-1, 1], 1e-15);
});
