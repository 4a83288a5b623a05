import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { knownSize } from './channels.ts';

export interface LinearOptions {
  /** Size of the last axis of the result. */
  readonly features: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * torch's Linear: x [..., inputs] -> [..., features].
 * Parameters: weight [features, inputs], bias [features].
 */
export function linear(scope: Scope, x: Value, { features, bias = true }: LinearOptions): Value {
  const { graph } = scope;
  const inputs = knownSize(x, -1);
  const fans = { fanIn: inputs, fanOut: features };
  const weight = scope.parameter({
    name: 'weight',
    shape: [features, inputs],
    role: 'linear-weight',
    ...fans,
  });
  const shift = bias
    ? scope.parameter({ name: 'bias', shape: [features], role: 'linear-bias', ...fans })
    : undefined;
  if (x.shape.length === 2) return graph.Gemm(x, weight, shift, { transB: 1 });
  const product = graph.MatMul(x, graph.Transpose(weight, [1, 0]));
  return shift === undefined ? product : graph.Add(product, shift);
}
