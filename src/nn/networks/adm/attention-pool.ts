import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import type { Scope } from '../../scope.ts';
import { attended, attentionParts, mixChannels } from './attention.ts';

export interface AttentionPoolOptions {
  readonly headChannels: number;
  /** Height and width of the map: its places have embeddings. */
  readonly side: number;
  /** Length of the result. */
  readonly features: number;
}

/**
 * `AttentionPool2d` (Radford et al. 2021, section 2.4; Dhariwal and Nichol 2021, section 4.2): a map
 * [N, C, side, side] as one row [N, features], which is what its mean gathers by attending to itself and to every place.
 * Parameters: positional_embedding [C, side^2 + 1], published to begin as N(0, 1 / C), qkv_proj.*, c_proj.*.
 */
export function attentionPool(scope: Scope, x: Value, options: AttentionPoolOptions): Value {
  const { headChannels, side, features } = options;
  const { graph } = scope;
  const channels = channelsOf(x);
  const places = graph.Reshape(x, [0, channels, side * side]);
  const tokens = graph.Concat([graph.ReduceMean(places, [2]), places], 2);
  const embedding = scope.parameter({
    name: 'positional_embedding',
    shape: [channels, side * side + 1],
    role: 'embedding',
    fanIn: side * side + 1,
    fanOut: channels,
  });
  const { queries, ...looked } = attentionParts(scope.child('qkv_proj'), graph.Add(tokens, embedding), {
    heads: { channels: headChannels },
    order: 'part-by-part',
  });
  const ofMean = graph.Slice(queries, { starts: [0], ends: [1], axes: [3] });
  const gathered = attended(scope, { ...looked, queries: ofMean });
  return graph.Squeeze(mixChannels(scope.child('c_proj'), gathered, features), [2]);
}
