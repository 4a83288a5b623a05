import type { Random } from '../core/random.ts';

/**
 * A random matrix with orthonormal rows (or columns, when there are more rows than columns), row-major. Normal vectors
 * are orthogonalised one after the other (Gram and Schmidt); on a normal matrix that is the QR decomposition with a
 * positive diagonal, which is uniform over orthogonal matrices (Mezzadri 2007) and what torch's `orthogonal_` draws.
 */
export function orthogonal(rows: number, columns: number, random: Random): Float64Array {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Once leaves rounding errors that a second pass removes.
    for (let pass = 0; pass < 2; pass++) for (const other of vectors) removePart(vector, other);
    scale(vector, 1 / Math.sqrt(dot(vector, vector)));
    vectors.push(vector);
  }
  return rows <= columns ? joinedRows(vectors, length) : joinedColumns(vectors, length);
}

function removePart(vector: Float64Array, unit: Float64Array): void {
  const part = dot(vector, unit);
  for (let index = 0; index < vector.length; index++) {
    vector[index] = (vector[index] as number) - part * (unit[index] as number);
  }
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] as number) * (right[index] as number);
  return sum;
}

function scale(vector: Float64Array, factor: number): void {
  for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] as number) * factor;
}

function joinedRows(vectors: readonly Float64Array[], length: number): Float64Array {
  const matrix = new Float64Array(vectors.length * length);
  for (const [row, vector] of vectors.entries()) matrix.set(vector, row * length);
  return matrix;
}

function joinedColumns(vectors: readonly Float64Array[], length: number): Float64Array {
  const matrix = new Float64Array(vectors.length * length);
  for (const [column, vector] of vectors.entries()) {
    for (const [row, value] of vector.entries()) matrix[row * vectors.length + column] = value;
  }
  return matrix;
}
