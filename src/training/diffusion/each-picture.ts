import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** The mean of all elements of each picture: [N, C, H, W] -> [N]. */
export function meanOfEach(g: GraphBuilder, x: Value): Value {
  return g.ReduceMean(x, [1, 2, 3], false);
}
