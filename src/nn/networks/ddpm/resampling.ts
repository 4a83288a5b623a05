import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import { doublePixels } from '../../layers/resampling.ts';
import type { Scope } from '../../scope.ts';

/**
 * x [N, C, H, W] -> [N, C, H / 2, W / 2], H and W even: a 3x3 convolution in steps of two, with zeros at the bottom and
 * at the right only, as published. Parameters: conv.*.
 */
export function halved(scope: Scope, x: Value): Value {
  const options = { filters: channelsOf(x), kernel: 3, stride: 2, padding: [0, 0, 1, 1] } as const;
  return convolution(scope.child('conv'), x, options);
}

/** x [N, C, H, W] -> [N, C, 2 H, 2 W]: each pixel four times, then a 3x3 convolution. Parameters: conv.*. */
export function doubled(scope: Scope, x: Value): Value {
  const options = { filters: channelsOf(x), kernel: 3, padding: 1 };
  return convolution(scope.child('conv'), doublePixels(scope, x), options);
}
