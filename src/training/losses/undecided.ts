import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * Binary cross entropy of a discriminator's map against 1/2: least where it cannot tell which of the two it sees. With
 * p = sigmoid(D): -(log p + log(1 - p)) / 2 = softplus(D) - D / 2.
 * @param prediction before any sigmoid, of any shape
 * @returns a scalar, at least log 2
 */
export function undecidedLoss(g: GraphBuilder, prediction: Value): Value {
  return g.ReduceMean(g.Sub(g.Softplus(prediction), g.Div(prediction, 2)), undefined, false);
}
