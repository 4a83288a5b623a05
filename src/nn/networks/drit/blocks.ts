import type { Value } from '../../../onnx/ir.ts';
import { leakyRelu, relu } from '../../layers/activation.ts';
import { channelsOf } from '../../layers/channels.ts';
import { type ConvolutionOptions, convolution, transposedConvolution } from '../../layers/convolution.ts';
import { instanceNorm } from '../../layers/instance-norm.ts';
import { pictureNorm } from '../../layers/picture-norm.ts';
import type { Scope } from '../../scope.ts';

/** What the networks of DRIT are built of, with the keys of the published modules: x is [N, C, H, W]. */

/** torch's default slope; the attribute encoder of the concat variant has another. */
const slope = 0.01;

/** `LeakyReLUConv2d`: reflecting padding, convolution, LeakyReLU. Published norms never take effect here. */
export function leakyConvolution(
  scope: Scope,
  x: Value,
  options: Pick<ConvolutionOptions, 'filters' | 'kernel' | 'stride' | 'spectralNorm'> & {
    readonly padding: number;
  },
): Value {
  const paddingMode = options.padding > 0 ? 'reflect' : 'zero';
  const convolved = convolution(scope.child('model').child(1), x, { ...options, paddingMode });
  return leakyRelu(scope, convolved, slope);
}

/** `ReLUINSConv2d` as DRIT uses it: half the size, instance norm, ReLU. */
export function halvingConvolution(scope: Scope, x: Value, filters: number): Value {
  const options = { filters, kernel: 3, stride: 2, padding: 1, paddingMode: 'reflect' } as const;
  return relu(scope, instanceNorm(scope, convolution(scope.child('model').child(1), x, options)));
}

/** `INSResBlock`: x plus two convolutions of it, each with an instance norm, a ReLU between them. */
export function residualBlock(scope: Scope, x: Value): Value {
  const model = scope.child('model');
  const inner = relu(scope, sameSizeConvolution(model.child(1), x));
  return scope.graph.Add(sameSizeConvolution(model.child(5), inner), x);
}

/** 3x3 convolution to as many channels, instance norm. */
export function sameSizeConvolution(scope: Scope, x: Value): Value {
  const options = { filters: channelsOf(x), kernel: 3, padding: 1, paddingMode: 'reflect' } as const;
  return instanceNorm(scope, convolution(scope, x, options));
}

/** `ReLUINSConvTranspose2d`: twice the size, half the channels, layer norm of the whole picture, ReLU. */
export function doublingConvolution(scope: Scope, x: Value): Value {
  const model = scope.child('model');
  const filters = Math.floor(channelsOf(x) / 2);
  const options = { filters, kernel: 3, stride: 2, padding: 1, outputPadding: 1 };
  return relu(scope, pictureNorm(model.child(1), transposedConvolution(model.child(0), x, options)));
}
