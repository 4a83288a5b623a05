import type { Value } from '../../../onnx/ir.ts';
import { relu } from '../../layers/activation.ts';
import { type ConvolutionOptions, convolution } from '../../layers/convolution.ts';
import type { Scope } from '../../scope.ts';

export interface StyleEncoderOptions {
  /** Channels after the first convolution. Default 64. */
  readonly channels?: number;
  /** Default 8. */
  readonly styleCodeSize?: number;
}

export interface StyleEncoder {
  /** @param pictures [N, C, H, W] in -1..1, of any size from 17x17 -> codes [N, styleCodeSize] */
  forward(scope: Scope, pictures: Value): Value;
}

/** Channels in multiples of the first, after each halving. */
const multipliers = [2, 4, 4, 4];

/**
 * The style encoder of VQ-I2I (Chen et al. 2022, section 3.1), which is MUNIT's (Huang et al. 2018, appendix B.1): four
 * halvings, no norm, the mean over all places. Parameters: model.0.conv.* to model.4.conv.*, model.6.*.
 */
export function styleEncoder(options: StyleEncoderOptions = {}): StyleEncoder {
  const { channels = 64, styleCodeSize = 8 } = options;
  return {
    forward(scope, pictures) {
      const model = scope.child('model');
      const block = (
        index: number,
        x: Value,
        kernel: Pick<ConvolutionOptions, 'filters' | 'kernel' | 'stride' | 'padding'>,
      ) =>
        relu(scope, convolution(model.child(index).child('conv'), x, { ...kernel, paddingMode: 'reflect' }));
      const first = block(0, pictures, { filters: channels, kernel: 7, padding: 3 });
      const features = multipliers.reduce(
        (x, multiplier, index) =>
          block(index + 1, x, { filters: multiplier * channels, kernel: 4, stride: 2, padding: 1 }),
        first,
      );
      const pooled = scope.graph.GlobalAveragePool(features);
      const code = convolution(model.child(6), pooled, { filters: styleCodeSize, kernel: 1 });
      return scope.graph.Squeeze(code, [2, 3]);
    },
  };
}
