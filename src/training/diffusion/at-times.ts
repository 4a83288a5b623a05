import { float32 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * A number of a noise schedule for each picture of a batch, beside maps: [N, 1, 1, 1].
 * @param values of every time, [T]
 * @param times int64 [N], each in [0, T)
 */
export function atTimes(g: GraphBuilder, values: Float64Array, times: Value): Value {
  return g.Gather(g.constant(float32([values.length, 1, 1, 1], values)), times, 0);
}
