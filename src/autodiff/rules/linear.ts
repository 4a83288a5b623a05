import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { inputOf, rule } from './rule.ts';
import { reshapeLike, sumTo } from './shapes.ts';

/** Swaps the last two axes. */
function transposed(g: GraphBuilder, x: Value): Value {
  const axes = [...x.shape.keys()];
  return g.Transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** All axes but the last in one. */
function flattened(g: GraphBuilder, x: Value): Value {
  return x.shape.length === 2 ? x : g.Reshape(x, [-1, x.shape.at(-1) as number]);
}

/** Whether all axes but the last can be made one. */
function hasKnownRows(x: Value): boolean {
  return x.shape.length === 2 || typeof x.shape.at(-1) === 'number';
}

/** Y = A B: gA = gY B^T, gB = A^T gY. Matrices go through Gemm, which transposes without a copy. */
const matMul = rule((context, gy) => {
  const { g, wanted } = context;
  const [a, b] = [inputOf(context, 0), inputOf(context, 1)];
  if (b.shape.length === 2 && [a, gy].every(hasKnownRows)) {
    const rows = flattened(g, gy);
    return [
      wanted[0] ? reshapeLike(g, g.Gemm(rows, b, undefined, { transB: 1 }), a) : undefined,
      wanted[1] ? g.Gemm(flattened(g, a), rows, undefined, { transA: 1 }) : undefined,
    ];
  }
  return [
    wanted[0] ? sumTo(g, g.MatMul(gy, transposed(g, b)), a) : undefined,
    wanted[1] ? sumTo(g, g.MatMul(transposed(g, a), gy), b) : undefined,
  ];
});

/** Y = alpha op(A) op(B) + beta C. */
const gemm = rule((context, gy) => {
  const { g, node, wanted } = context;
  const [a, b, c] = node.inputs as [Value, Value, Value | undefined];
  const {
    alpha = 1,
    beta = 1,
    transA = 0,
    transB = 0,
  } = node.attributes as Record<string, number | undefined>;
  const product = (left: Value, right: Value, flags: { transA: number; transB: number }) =>
    g.Gemm(left, right, undefined, { alpha, ...flags });
  const ga = () =>
    transA
      ? product(b, gy, { transA: transB, transB: 1 })
      : product(gy, b, { transA: 0, transB: 1 - transB });
  const gb = () =>
    transB
      ? product(gy, a, { transA: 1, transB: transA })
      : product(a, gy, { transA: 1 - transA, transB: 0 });
  return [
    wanted[0] ? ga() : undefined,
    wanted[1] ? gb() : undefined,
    wanted[2] && c ? sumTo(g, beta === 1 ? gy : g.Mul(gy, beta), c) : undefined,
  ];
});

export const linearRules = { MatMul: matMul, Gemm: gemm } as const;
