import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { batchNorm } from './batch-norm.ts';
import { instanceNorm } from './instance-norm.ts';

/** The `norm` option of the published networks: none keeps its place in the layer numbering. */
export type Normalization = 'instance' | 'batch' | 'none';

export function normalize(scope: Scope, x: Value, normalization: Normalization): Value {
  if (normalization === 'instance') return instanceNorm(scope, x);
  if (normalization === 'batch') return batchNorm(scope, x);
  return x;
}

/**
 * Whether the convolution before a norm has a bias in the published networks. They ask for the instance norm by name,
 * so that without any norm there is no bias either.
 */
export function hasBiasBefore(normalization: Normalization): boolean {
  return normalization === 'instance';
}
