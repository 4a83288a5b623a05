import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import type { ParameterSpec } from '../parameters.ts';
import type { Scope } from '../scope.ts';
import { channelsOf } from './channels.ts';
import { type Padding, type PaddingMode, pad, sidesOf } from './padding.ts';
import { spectralNorm } from './spectral-norm.ts';

interface KernelOptions {
  /** Output channels. */
  readonly filters: number;
  /** Height and width of the kernel. */
  readonly kernel: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly dilation?: number;
  /** Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

export interface ConvolutionOptions extends KernelOptions {
  /** Default 0. */
  readonly padding?: Padding;
  /** Default zero. */
  readonly paddingMode?: PaddingMode;
  /** Divide the weight by its largest singular value; see `spectralNorm`. Default false. */
  readonly spectralNorm?: boolean;
}

export interface TransposedConvolutionOptions extends KernelOptions {
  /** Pixels cut from each side of the result. Default 0. */
  readonly padding?: number;
  /** Rows and columns added at the bottom and at the right. Default 0. */
  readonly outputPadding?: number;
}

/**
 * torch's Conv2d: x [N, C, H, W] -> [N, filters, H', W'], H' = floor((H + pads - dilation (kernel - 1) - 1) / stride) + 1.
 * Parameters: weight [filters, C / groups, kernel, kernel] (or what spectral norm has in its place), bias [filters].
 */
export function convolution(scope: Scope, x: Value, options: ConvolutionOptions): Value {
  const { filters, padding = 0, paddingMode = 'zero' } = options;
  const inGroup = channelsInGroup(channelsOf(x), options);
  const [weight, bias] = parameters(scope, [filters, inGroup], options);
  const padded = paddingMode === 'zero' ? x : pad(scope, x, padding, paddingMode);
  return scope.graph.Conv(padded, weight, bias, {
    ...windowAttributes(options),
    pads: sidesOf(paddingMode === 'zero' ? padding : 0),
  });
}

/**
 * torch's ConvTranspose2d: x [N, C, H, W] -> [N, filters, H', W'],
 * H' = (H - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1.
 * Parameters: weight [C, filters / groups, kernel, kernel], bias [filters].
 */
export function transposedConvolution(scope: Scope, x: Value, options: TransposedConvolutionOptions): Value {
  const { filters, groups = 1, padding = 0, outputPadding = 0 } = options;
  channelsInGroup(channelsOf(x), options);
  const [weight, bias] = parameters(scope, [channelsOf(x), filters / groups], options);
  return scope.graph.ConvTranspose(x, weight, bias, {
    ...windowAttributes(options),
    pads: sidesOf(padding),
    output_padding: [outputPadding, outputPadding],
  });
}

function windowAttributes({ kernel, stride = 1, dilation = 1, groups = 1 }: KernelOptions) {
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    group: groups,
  };
}

/**
 * Weight and bias. Fans are counted as torch counts them, from the first two axes of the weight; for a transposed
 * convolution that swaps them, and the published initialisation has it so.
 */
function parameters(
  scope: Scope,
  [outer, inner]: readonly [number, number],
  options: KernelOptions & Pick<ConvolutionOptions, 'spectralNorm'>,
) {
  const { filters, kernel, bias = true } = options;
  const area = kernel * kernel;
  const fans: Pick<ParameterSpec, 'fanIn' | 'fanOut'> = { fanIn: inner * area, fanOut: outer * area };
  const shape = [outer, inner, kernel, kernel];
  const spec: ParameterSpec = { name: 'weight', shape, role: 'convolution-weight', ...fans };
  const weight = options.spectralNorm ? spectralNorm(scope, spec) : scope.parameter(spec);
  if (!bias) return [weight, undefined] as const;
  return [
    weight,
    scope.parameter({ name: 'bias', shape: [filters], role: 'convolution-bias', ...fans }),
  ] as const;
}

function channelsInGroup(channels: number, { filters, groups = 1 }: KernelOptions): number {
  if (channels % groups === 0 && filters % groups === 0) return channels / groups;
  throw new InvalidArgumentError(
    `${groups} groups must divide the ${channels} input channels and the ${filters} filters`,
  );
}
