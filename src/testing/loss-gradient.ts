import { gradients } from '../autodiff/backward.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';

/** d loss / d target, for tests of layers that need its value and not only that it is right. */
export function lossGradient(g: GraphBuilder, loss: Value, target: Value): Value {
  return gradients(g, loss, [target])[0] as Value;
}
