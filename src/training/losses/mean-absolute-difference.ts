import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** L1 as torch's L1Loss: the mean of |a - b| over all elements of two values of one shape. @returns a scalar */
export function meanAbsoluteDifference(g: GraphBuilder, a: Value, b: Value): Value {
  return g.ReduceMean(g.Abs(g.Sub(a, b)), undefined, false);
}
