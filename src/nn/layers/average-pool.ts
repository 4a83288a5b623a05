import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

export interface AveragePoolOptions {
  /** Height and width of the window. */
  readonly kernel: number;
  readonly stride: number;
  /** Pixels around the picture that windows may reach over; they are not counted. Default 0. */
  readonly padding?: number;
}

/**
 * torch's AvgPool2d with `count_include_pad=False`: x [N, C, H, W] -> [N, C, H', W'], the mean of what lies in each window,
 * H' = floor((H + 2 padding - kernel) / stride) + 1.
 */
export function averagePool(
  scope: Scope,
  x: Value,
  { kernel, stride, padding = 0 }: AveragePoolOptions,
): Value {
  return scope.graph.AveragePool(x, {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    count_include_pad: 0,
  });
}
