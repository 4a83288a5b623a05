import { InternalError } from '../core/errors.ts';
import type { Matrix } from './matrix-product.ts';

/** More sweeps than this for one eigenvalue do not happen: two are usual. */
const mostSweeps = 60;

/**
 * Eigenvalues of a real symmetric matrix, unordered: Householder's reduction to tridiagonal form, then implicit QL with
 * Wilkinson's shift (Golub and Van Loan 2013, "Matrix Computations", sections 8.3.1 and 8.3.3). No vectors: libraries compute
 * those too, which takes ten times as long at 2048 rows. Only the lower triangle is read.
 */
export function symmetricEigenvalues({ rows, data }: Matrix): Float64Array {
  const { diagonal, beside } = tridiagonal(data.slice(), rows);
  for (let first = 0; first < rows; first++) {
    for (let sweep = 0; ; sweep++) {
      const last = endOfBlock(diagonal, beside, first);
      if (last === first) break;
      if (sweep === mostSweeps)
        throw new InternalError('the eigenvalues of a symmetric matrix do not converge');
      shiftedSweep(diagonal, beside, first, last);
    }
  }
  return diagonal;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[k]` stands between `diagonal[k]` and `diagonal[k + 1]`; the last is 0. */
  readonly beside: Float64Array;
}

/** Works in place on the lower triangle of `a` [n, n]. */
function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const v = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = a[k * n + k] as number;
    if (k + 1 === n) break;
    for (let row = k + 1; row < n; row++) v[row] = a[row * n + k] as number;
    const scale = reflector(v, k + 1);
    beside[k] = scale.image;
    if (scale.factor !== 0) reflect(a, n, k + 1, v, scale.factor);
  }
  return { diagonal, beside };
}

/**
 * Makes v[start..] the vector of the reflection I - factor v v^T that maps it to a multiple of the first unit vector.
 * @returns that multiple, and the factor; 0: it is one already
 */
function reflector(v: Float64Array, start: number): { image: number; factor: number } {
  const head = v[start] as number;
  let rest = 0;
  for (let at = start + 1; at < v.length; at++) rest += (v[at] as number) ** 2;
  if (rest === 0) return { image: head, factor: 0 };
  const norm = Math.sqrt(head * head + rest);
  const image = head > 0 ? -norm : norm;
  v[start] = head - image;
  return { image, factor: 2 / ((head - image) ** 2 + rest) };
}

/** A -> H A H for the rows and columns from `start`, H = I - factor v v^T: A - v w^T - w v^T. */
function reflect(a: Float64Array, n: number, start: number, v: Float64Array, factor: number): void {
  const w = timesLower(a, n, start, v);
  let along = 0;
  for (let at = start; at < n; at++) along += (w[at] as number) * (v[at] as number);
  const correction = (factor * factor * along) / 2;
  for (let at = start; at < n; at++) w[at] = (w[at] as number) * factor - correction * (v[at] as number);
  for (let row = start; row < n; row++) {
    const [ownV, ownW, line] = [v[row] as number, w[row] as number, row * n];
    for (let column = start; column <= row; column++) {
      const change = ownV * (w[column] as number) + ownW * (v[column] as number);
      a[line + column] = (a[line + column] as number) - change;
    }
  }
}

/** A v for the rows and columns from `start` of a symmetric matrix, from its lower triangle. */
function timesLower(a: Float64Array, n: number, start: number, v: Float64Array): Float64Array {
  const product = new Float64Array(n);
  for (let row = start; row < n; row++) {
    const [own, line] = [v[row] as number, row * n];
    let sum = (a[line + row] as number) * own;
    for (let column = start; column < row; column++) {
      const value = a[line + column] as number;
      sum += value * (v[column] as number);
      product[column] = (product[column] as number) + value * own;
    }
    product[row] = (product[row] as number) + sum;
  }
  return product;
}

/** The first index from `first` whose neighbour is, to rounding, not coupled to it. */
function endOfBlock(diagonal: Float64Array, beside: Float64Array, first: number): number {
  let last = first;
  for (; last + 1 < diagonal.length; last++) {
    const size = Math.abs(diagonal[last] as number) + Math.abs(diagonal[last + 1] as number);
    if (Math.abs(beside[last] as number) <= Number.EPSILON * size) break;
  }
  return last;
}

/** One QL step on the block first..last: plane rotations chase the shift from its end to its beginning. */
function shiftedSweep(diagonal: Float64Array, beside: Float64Array, first: number, last: number): void {
  const [head, coupling] = [diagonal[first] as number, beside[first] as number];
  const slope = ((diagonal[first + 1] as number) - head) / (2 * coupling);
  const shift = head - coupling / (slope + (slope < 0 ? -1 : 1) * Math.hypot(slope, 1));
  let [bulge, sine, cosine, moved] = [(diagonal[last] as number) - shift, 1, 1, 0];
  for (let at = last - 1; at >= first; at--) {
    const [across, along] = [sine * (beside[at] as number), cosine * (beside[at] as number)];
    const length = Math.hypot(across, bulge);
    beside[at + 1] = length;
    if (length === 0) {
      // The block has split: what was taken off so far stays with its upper end.
      diagonal[at + 1] = (diagonal[at + 1] as number) - moved;
      beside[last] = 0;
      return;
    }
    [sine, cosine] = [across / length, bulge / length];
    const rest = (diagonal[at + 1] as number) - moved;
    const turned = ((diagonal[at] as number) - rest) * sine + 2 * cosine * along;
    moved = sine * turned;
    diagonal[at + 1] = rest + moved;
    bulge = cosine * turned - along;
  }
  diagonal[first] = (diagonal[first] as number) - moved;
  beside[first] = bulge;
  beside[last] = 0;
}
