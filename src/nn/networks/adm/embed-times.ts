import type { Value } from '../../../onnx/ir.ts';
import { silu } from '../../layers/activation.ts';
import { linear } from '../../layers/linear.ts';
import { timeEmbedding } from '../../layers/time-embedding.ts';
import type { Scope } from '../../scope.ts';

/** Times [N] as ADM's blocks are told them, [N, 4 channels]. Parameters: time_embed.0.*, time_embed.2.*. */
export function embedTimes(scope: Scope, times: Value, channels: number): Value {
  const layer = (index: number, x: Value) =>
    linear(scope.child('time_embed').child(index), x, { features: 4 * channels });
  return layer(2, silu(scope, layer(0, timeEmbedding(scope, times, channels, 'adm'))));
}
