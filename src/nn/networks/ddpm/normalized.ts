import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { groupNorm } from '../../layers/group-norm.ts';
import type { Scope } from '../../scope.ts';

/**
 * Groups of channels of the norm of DDPM (Ho et al. 2020) and of VQGAN (Esser et al. 2021). With as many groups as
 * channels each is normalised by itself, and forgets how bright a picture is: narrow networks need fewer.
 */
export const publishedGroups = 32;
const epsilon = 1e-6;

/** x: [N, C, H, W], C a multiple of the groups. */
export function normalized(scope: Scope, x: Value, groups: number = publishedGroups): Value {
  return groupNorm(scope, x, groups, epsilon);
}

/** The norm, then x sigmoid(x), which stand before every convolution of both. */
export function activated(scope: Scope, x: Value, groups?: number): Value {
  return silu(scope, normalized(scope, x, groups));
}
