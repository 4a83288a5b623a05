import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';
import { activated } from './normalized.ts';

/**
 * VQGAN's residual block (`ResnetBlock` without a time embedding): x [N, C, H, W] -> [N, filters, H, W], two rounds of
 * norm, swish and 3x3 convolution, added to x, or to a 1x1 convolution of x where the channels change.
 * Parameters: norm1.*, conv1.*, norm2.*, conv2.*, nin_shortcut.*.
 */
export function residualBlock(scope: Scope, x: Value, filters: number): Value {
  const round = (number: 1 | 2, features: Value) =>
    convolution(scope.child(`conv${number}`), activated(scope.child(`norm${number}`), features), {
      filters,
      kernel: 3,
      padding: 1,
    });
  const changed = round(2, round(1, x));
  const kept =
    channelsOf(x) === filters ? x : convolution(scope.child('nin_shortcut'), x, { filters, kernel: 1 });
  return scope.graph.Add(kept, changed);
}
