import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Mean absolute difference (torch's L1Loss) of two values of one shape. @returns a scalar */
export function absoluteError(g: GraphBuilder, a: Value, b: Value): Value {
  return g.ReduceMean(g.Abs(g.Sub(a, b)), undefined, false);
}
