import { float32 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';
import { affineParameters } from './affine.ts';
import { channelsOf } from './channels.ts';
import { type Padding, sidesOf } from './padding.ts';

export interface FrozenNormConvolutionOptions {
  /** Output channels. */
  readonly filters: number;
  readonly kernel: readonly [height: number, width: number];
  /** Default 1. */
  readonly stride?: number;
  /** Default 0. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly groups?: number;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * A convolution without bias followed by batch norm with its running statistics, for networks that only measure and
 * are never trained: scale and shift of the norm are put into the kernel, so that ONNX Runtime runs one convolution.
 * x: [N, C, H, W] -> [N, filters, H', W'].
 * @param norm scope of the parameters weight, bias, running_mean and running_var, [filters] each
 * @param kernel scope of the parameter weight [filters, C / groups, height, width]
 */
export function frozenNormConvolution(
  { kernel, norm }: { readonly kernel: Scope; readonly norm: Scope },
  x: Value,
  options: FrozenNormConvolutionOptions,
): Value {
  const { filters, stride = 1, padding = 0, groups = 1, epsilon } = options;
  const { graph } = kernel;
  const { weight: scale, bias } = affineParameters(norm, filters);
  const mean = running(norm, 'running_mean', filters);
  const gain = graph.Div(scale, graph.Sqrt(graph.Add(running(norm, 'running_var', filters), epsilon)));
  const scaled = graph.Mul(kernelParameter(kernel, x, options), graph.Reshape(gain, [-1, 1, 1, 1]));
  return graph.Conv(x, scaled, graph.Sub(bias, graph.Mul(mean, gain)), {
    kernel_shape: options.kernel,
    strides: [stride, stride],
    pads: sidesOf(padding),
    group: groups,
  });
}

function kernelParameter(scope: Scope, x: Value, options: FrozenNormConvolutionOptions): Value {
  const { filters, kernel, groups = 1 } = options;
  const [height, width] = kernel;
  const inGroup = channelsOf(x) / groups;
  return scope.parameter({
    name: 'weight',
    shape: [filters, inGroup, height, width],
    role: 'convolution-weight',
    fanIn: inGroup * height * width,
    fanOut: filters * height * width,
  });
}

function running(scope: Scope, name: string, channels: number): Value {
  const initial = float32([channels], new Float32Array(channels).fill(name === 'running_var' ? 1 : 0));
  return scope.buffer({ name, initial, fixed: false });
}
