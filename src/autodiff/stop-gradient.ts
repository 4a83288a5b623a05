import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';

/**
 * The straight-through estimator (Bengio et al. 2013): `forward` in value, the gradient of `surrogate`; as
 * surrogate + sg(forward - surrogate), so the value equals `forward` to one rounding.
 */
export function straightThrough(g: GraphBuilder, forward: Value, surrogate: Value): Value {
  return g.Add(surrogate, g.StopGradient(g.Sub(forward, surrogate)));
}
