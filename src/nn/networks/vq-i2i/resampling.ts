import { int64 } from '../../../core/tensor.ts';
import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
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
  const { graph } = scope;
  const sizes = graph.Mul(graph.Shape(x), graph.constant(int64([4], [1, 1, 2, 2])));
  const repeated = graph.Resize(x, sizes, {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  return convolution(scope.child('conv'), repeated, { filters: channelsOf(x), kernel: 3, padding: 1 });
}
