import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** The learned scale and shift of a normalisation: weight [size] and bias [size]. */
export function affineParameters(scope: Scope, size: number): { weight: Value; bias: Value } {
  const shared = { shape: [size], fanIn: 1, fanOut: 1 };
  const weight = scope.parameter({ name: 'weight', role: 'norm-weight', ...shared });
  const bias = scope.parameter({ name: 'bias', role: 'norm-bias', ...shared });
  return { weight, bias };
}

/** A vector [C] seen as [1, C, 1, ...], so that it broadcasts over x: [N, C, ...]. */
export function perChannel(scope: Scope, vector: Value, x: Value): Value {
  const after = x.shape.length - 2;
  return scope.graph.Reshape(vector, [1, -1, ...new Array<number>(after).fill(1)]);
}
