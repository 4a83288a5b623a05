import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Exponential moving average of a parameter: average * decay + parameter * (1 - decay). */
export function movingAverage(g: GraphBuilder, average: Value, parameter: Value, decay: number): Value {
  return g.Add(g.Mul(average, decay), g.Mul(parameter, 1 - decay));
}
