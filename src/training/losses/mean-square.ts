import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Mean of the squares of all elements, which holds them near 0. @returns a scalar */
export function meanSquare(g: GraphBuilder, x: Value): Value {
  return g.ReduceMean(g.Mul(x, x), undefined, false);
}
