import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** max(x, 0). */
export function relu(scope: Scope, x: Value): Value {
  return scope.graph.Relu(x);
}

/** min(max(x, 0), 6). */
export function relu6(scope: Scope, x: Value): Value {
  return scope.graph.Clip(x, 0, 6);
}

/** x where x >= 0, slope * x elsewhere. */
export function leakyRelu(scope: Scope, x: Value, slope: number): Value {
  return scope.graph.LeakyRelu(x, { alpha: slope });
}

/** x * sigmoid(x), also called swish. */
export function silu(scope: Scope, x: Value): Value {
  return scope.graph.Mul(x, scope.graph.Sigmoid(x));
}

/** x * Phi(x) with the normal distribution function itself (Hendrycks and Gimpel 2016), not its tanh approximation. */
export function gelu(scope: Scope, x: Value): Value {
  const { graph } = scope;
  const doubled = graph.Add(graph.Erf(graph.Mul(x, Math.SQRT1_2)), 1);
  return graph.Mul(graph.Mul(x, 0.5), doubled);
}

/** log(1 + exp(x)). */
export function softplus(scope: Scope, x: Value): Value {
  return scope.graph.Softplus(x);
}

export function tanh(scope: Scope, x: Value): Value {
  return scope.graph.Tanh(x);
}
