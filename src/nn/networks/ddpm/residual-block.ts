import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import { type DropoutMask, dropout } from '../../layers/dropout.ts';
import { linear } from '../../layers/linear.ts';
import type { Scope } from '../../scope.ts';
import { activated } from './normalized.ts';

export interface ResidualBlockOptions {
  /** Output channels, a multiple of the groups. */
  readonly filters: number;
  /** What the network knows of the time, [N, size]; absent: the block has no weights for it. */
  readonly embedding?: Value;
  /** Drops features before the second convolution in training; absent: none are dropped. */
  readonly dropoutMask?: DropoutMask | undefined;
  /** Of its norms. Default 32. */
  readonly groups?: number;
}

/**
 * `ResnetBlock` of DDPM (Ho et al. 2020, appendix B) and, without an embedding, of VQGAN: x [N, C, H, W] ->
 * [N, filters, H, W], two rounds of norm, swish and 3x3 convolution, added to x, or to a 1x1 convolution of x where the
 * channels change. Parameters: norm1.*, conv1.*, temb_proj.*, norm2.*, conv2.*, nin_shortcut.*.
 */
export function residualBlock(scope: Scope, x: Value, options: ResidualBlockOptions): Value {
  const { filters, embedding, dropoutMask, groups } = options;
  const { graph } = scope;
  const wide = { filters, kernel: 3, padding: 1 };
  const first = convolution(scope.child('conv1'), activated(scope.child('norm1'), x, groups), wide);
  const told = embedding === undefined ? first : graph.Add(first, shiftOf(scope, embedding, filters));
  const inner = activated(scope.child('norm2'), told, groups);
  const left = dropoutMask === undefined ? inner : dropout(scope, inner, dropoutMask);
  const changed = convolution(scope.child('conv2'), left, wide);
  const kept =
    channelsOf(x) === filters ? x : convolution(scope.child('nin_shortcut'), x, { filters, kernel: 1 });
  return graph.Add(kept, changed);
}

/** What the embedding adds to each channel: [N, filters, 1, 1]. */
function shiftOf(scope: Scope, embedding: Value, filters: number): Value {
  const shift = linear(scope.child('temb_proj'), silu(scope, embedding), { features: filters });
  return scope.graph.Unsqueeze(shift, [2, 3]);
}
