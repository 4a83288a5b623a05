import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import { type DropoutMask, dropout } from '../../layers/dropout.ts';
import { linear } from '../../layers/linear.ts';
import { averageFours, doublePixels } from '../../layers/resampling.ts';
import type { Scope } from '../../scope.ts';
import { activated, normalized } from './normalized.ts';

export interface AdmBlockOptions {
  /** The embedding scales and shifts the features after the second norm; otherwise it is added before it. */
  readonly scaleShift: boolean;
  /** Drops features before the second convolution in training; absent: none are dropped. */
  readonly dropoutMask?: DropoutMask | undefined;
}

interface ResidualBlockOptions extends AdmBlockOptions {
  /** Output channels, a multiple of 32. */
  readonly filters: number;
  /** Both branches change their size before the first convolution. Default: the size stays. */
  readonly resampling?: 'down' | 'up';
}

const resamplers = { down: averageFours, up: doublePixels };

/**
 * `ResBlock` of ADM (Dhariwal and Nichol 2021, section 3.1): x [N, C, H, W] and embedding [N, size] ->
 * [N, filters, H', W'], with adaptive group norm where `scaleShift` (their equation 6). The second convolution is
 * published to begin at zero.
 * Parameters: in_layers.0.*, in_layers.2.*, emb_layers.1.*, out_layers.0.*, out_layers.3.*, skip_connection.*.
 */
export function admResidualBlock(
  scope: Scope,
  x: Value,
  embedding: Value,
  options: ResidualBlockOptions,
): Value {
  const { filters, resampling, dropoutMask } = options;
  const wide = { filters, kernel: 3, padding: 1 };
  const resampled = (features: Value) =>
    resampling === undefined ? features : resamplers[resampling](scope, features);
  const [inLayers, outLayers] = [scope.child('in_layers'), scope.child('out_layers')];
  const first = convolution(inLayers.child(2), resampled(activated(inLayers.child(0), x)), wide);
  const told = silu(scope, conditioned(scope, first, embedding, options.scaleShift));
  const left = dropoutMask === undefined ? told : dropout(scope, told, dropoutMask);
  const changed = convolution(outLayers.child(3), left, wide);
  return scope.graph.Add(kept(scope, resampled(x), filters), changed);
}

/** The second norm, before or after the embedding. */
function conditioned(scope: Scope, features: Value, embedding: Value, scaleShift: boolean): Value {
  const { graph } = scope;
  const channels = channelsOf(features);
  const norm = scope.child('out_layers').child(0);
  const size = scaleShift ? 2 * channels : channels;
  const row = linear(scope.child('emb_layers').child(1), silu(scope, embedding), { features: size });
  const perChannel = graph.Unsqueeze(row, [2, 3]);
  if (!scaleShift) return normalized(norm, graph.Add(features, perChannel));
  const [scale, shift] = graph.Split(perChannel, [channels, channels], 1) as [Value, Value];
  return graph.Add(graph.Mul(normalized(norm, features), graph.Add(scale, 1)), shift);
}

function kept(scope: Scope, x: Value, filters: number): Value {
  if (channelsOf(x) === filters) return x;
  return convolution(scope.child('skip_connection'), x, { filters, kernel: 1 });
}
