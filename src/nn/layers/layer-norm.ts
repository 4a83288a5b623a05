import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { affineParameters } from './affine.ts';
import { knownSize } from './channels.ts';

const epsilon = 1e-5;

/**
 * torch's LayerNorm over the last axis (Ba et al. 2016): x [..., C] -> the same shape.
 * Parameters: weight [C], bias [C].
 */
export function layerNorm(scope: Scope, x: Value): Value {
  const { weight, bias } = affineParameters(scope, knownSize(x, -1));
  return scope.graph.LayerNormalization(x, weight, bias, { axis: -1, epsilon })[0];
}
