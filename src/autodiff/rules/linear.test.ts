import fc from 'fast-check';
import type { Value } from '../../onnx/ir.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { normals } from '../../testing/samples.ts';
import { seeds } from '../../testing/shapes.ts';
import { linearRules } from './linear.ts';

const size = fc.integer({ min: 1, max: 4 });

/** Batch axes of both sides: equal up to sizes of 1, or none on one side. */
const batches = fc
  .array(fc.tuple(size, fc.constantFrom('both', 'left', 'right')), { maxLength: 2 })
  .chain((axes) => {
    const side = (name: 'left' | 'right') =>
      axes.map(([count, on]) => (on === 'both' || on === name ? count : 1));
    const [left, right] = [side('left'), side('right')];
    return fc.constantFrom([left, right], [left, []], [[], right]);
  });

const products = fc.record({ batches, rows: size, inner: size, columns: size, seed: seeds });

const gemms = fc.record({
  rows: size,
  inner: size,
  columns: size,
  transA: fc.nat(1),
  transB: fc.nat(1),
  alpha: fc.constantFrom(1, 0.5, -2),
  beta: fc.constantFrom(1, 0.25, -1),
  /** Which of C's two axes have their full size; undefined: no C. */
  addend: fc.constantFrom('matrix', 'row', 'vector', 'column', 'one', 'scalar', undefined),
  seed: seeds,
});

function addendShape(kind: string, rows: number, columns: number): number[] {
  const shapes: Record<string, number[]> = {
    matrix: [rows, columns],
    row: [1, columns],
    vector: [columns],
    column: [rows, 1],
    one: [1, 1],
    scalar: [],
  };
  return shapes[kind] as number[];
}

describeRules(linearRules, {
  MatMul: [
    family(products, ({ batches: [left, right], rows, inner, columns, seed }) => ({
      inputs: [
        normals([...(left as number[]), rows, inner], seed, 'a'),
        normals([...(right as number[]), inner, columns], seed, 'b'),
      ],
      build: (g, [a, b]) => g.MatMul(a as Value, b as Value),
      form: 'linear',
    })),
  ],
  Gemm: [
    family(gemms, ({ rows, inner, columns, addend, seed, ...attributes }) => {
      const a = normals(attributes.transA ? [inner, rows] : [rows, inner], seed, 'a');
      const b = normals(attributes.transB ? [columns, inner] : [inner, columns], seed, 'b');
      const c = addend === undefined ? [] : [normals(addendShape(addend, rows, columns), seed, 'c')];
      return {
        inputs: [a, b, ...c],
        build: (g, [x, y, z]) => g.Gemm(x as Value, y as Value, z, attributes),
        form: 'linear',
      };
    }),
  ],
});
