import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { groupNorm } from '../../layers/group-norm.ts';
import type { Scope } from '../../scope.ts';

/** The norm of DDPM (Ho et al. 2020) and of VQGAN (Esser et al. 2021): 32 groups of channels, an epsilon of its own. */
const groups = 32;
const epsilon = 1e-6;

/** x: [N, C, H, W], C a multiple of 32. */
export function normalized(scope: Scope, x: Value): Value {
  return groupNorm(scope, x, groups, epsilon);
}

/** The norm, then x sigmoid(x), which stand before every convolution of both. */
export function activated(scope: Scope, x: Value): Value {
  return silu(scope, normalized(scope, x));
}
