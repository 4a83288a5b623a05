import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { groupNorm } from '../../layers/group-norm.ts';
import type { Scope } from '../../scope.ts';

const groups = 32;

/** The norm of ADM: 32 groups of channels. x: [N, C, ...], C a multiple of 32. */
export function normalized(scope: Scope, x: Value): Value {
  return groupNorm(scope, x, groups);
}

/** The norm, then x sigmoid(x). */
export function activated(scope: Scope, x: Value): Value {
  return silu(scope, normalized(scope, x));
}
