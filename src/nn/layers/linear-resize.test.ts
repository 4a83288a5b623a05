import { describe, expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { normals } from '../../testing/samples.ts';
import { linearResize, linearResizeMatrix, linearResizeTable } from './linear-resize.ts';

describe('linear resizing', () => {
  it('doubles with three quarters of the nearer element, and mirrors the edge', () => {
    expectClose(linearResizeMatrix(3, 2), [
      ...[1, 0, 0, 0.75, 0.25, 0],
      ...[0.25, 0.75, 0, 0, 0.75, 0.25],
      ...[0, 0.25, 0.75, 0, 0, 1],
    ]);
  });

  it('halves with a kernel that reaches two elements to either side', () => {
    const [outer, inner] = [1 / 8, 3 / 8];
    expectClose(linearResizeMatrix(4, 1 / 2), [
      ...[inner + outer, inner, outer, 0],
      ...[0, outer, inner, inner + outer],
    ]);
  });

  it('has as many taps as have weight anywhere', () => {
    const { positions, weights } = linearResizeTable(4, 1 / 2);
    expect(positions).toEqual([
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(weights.length).toBe(4);
  });

  it.each([
    [6, 3],
    [7, 1 / 3],
    [5, 1],
    [1, 4],
    [2, 1 / 32],
  ])('of %i elements by %d leaves what is all the same', (length, scale) => {
    const matrix = linearResizeMatrix(length, scale);
    const values = toNumbers(matrix);
    for (let row = 0; row < (matrix.dims[0] as number); row++) {
      const sum = values.slice(row * length, (row + 1) * length).reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(1, 6);
    }
  });

  it('resizes rows and columns, each by its own matrix', async () => {
    const g = new GraphBuilder('resize');
    const planes = normals([2, 1, 2, 4], 'planes');
    const resized = linearResize(g, g.input('planes', 'float32', planes.dims), 2);
    const { output } = await evaluate(g.build({ output: resized }), { planes });
    expect(output?.dims).toEqual([2, 1, 4, 8]);
    // The first column is doubled as it is, of its rows the second is 3/4 of the first and 1/4 of the next.
    const at = (row: number, column: number) => planes.data[row * 4 + column] as number;
    expectClose(float32([1], [output?.data[1 * 8 + 0] as number]), [0.75 * at(0, 0) + 0.25 * at(1, 0)]);
  });

  it('has the gradients of what it computes', async () => {
    const inputs = [normals([1, 2, 4, 8], 'planes')];
    const build = (g: GraphBuilder, [planes]: readonly Parameters<typeof linearResize>[1][]) =>
      linearResize(g, planes as Parameters<typeof linearResize>[1], 1 / 4);
    await gradcheck({ inputs, build, form: 'linear' });
  });
});
