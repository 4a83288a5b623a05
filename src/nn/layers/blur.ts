import { float32, type Tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { channelsOf } from './channels.ts';
import { pad, sidesOf } from './padding.ts';

/**
 * Resampling through a fixed blur, against aliasing (Zhang 2019, "Making Convolutional Networks Shift-Invariant Again"),
 * in the form of the CUT family: the kernel is a buffer `filt` [C, 1, k, k] of the state_dict, each channel by itself.
 *
 * Best times of ONNX Runtime 1.30 on two threads of a CPU. [1, 64, 128, 128] down: reflecting pad + depthwise
 * convolution 0.26 ms, two average pools 0.29 ms, strided slices 1.3 ms. [1, 128, 128, 128] up: ConvTranspose 16 ms,
 * Resize (bilinear at half pixels, which computes the same) 7 ms, sub-pixel convolution 16 ms. Up keeps the
 * ConvTranspose, because Resize must be told sizes that a graph for pictures of any size does not know.
 */

const downTaps = [1, 2, 1];
const upTaps = [1, 3, 3, 1];

/** x: [N, C, H, W] -> [N, C, ceil(H / 2), ceil(W / 2)]. */
export function blurDownsample(scope: Scope, x: Value): Value {
  const channels = channelsOf(x);
  const filter = blurFilter(scope, blurKernel(channels, downTaps, 1));
  return scope.graph.Conv(pad(scope, x, 1, 'reflect'), filter, undefined, {
    group: channels,
    strides: [2, 2],
  });
}

/** x: [N, C, H, W] -> [N, C, 2 H, 2 W]. */
export function blurUpsample(scope: Scope, x: Value): Value {
  const channels = channelsOf(x);
  const filter = blurFilter(scope, blurKernel(channels, upTaps, 4));
  // The published padding of 2, and the row and column that are then cut off at each side.
  const cut = 2 + 1;
  return scope.graph.ConvTranspose(pad(scope, x, 1, 'edge'), filter, undefined, {
    group: channels,
    strides: [2, 2],
    pads: sidesOf(cut),
  });
}

function blurFilter(scope: Scope, initial: Tensor): Value {
  return scope.buffer({ name: 'filt', initial, fixed: true });
}

/** The outer product of the taps with themselves, scaled to a sum of `total`, once a channel: [channels, 1, k, k]. */
function blurKernel(channels: number, taps: readonly number[], total: number): Tensor {
  const sum = taps.reduce((left, right) => left + right, 0);
  const kernel = taps.flatMap((row) => taps.map((column) => (row * column * total) / (sum * sum)));
  const values = Array.from({ length: channels }, () => kernel).flat();
  return float32([channels, 1, taps.length, taps.length], values);
}
