import type { Value } from '../../onnx/ir.ts';
import { leakyRelu } from '../layers/activation.ts';
import { convolution } from '../layers/convolution.ts';
import { hasBiasBefore, type Normalization, normalize } from '../layers/normalization.ts';
import type { Discriminator } from './patch-discriminator.ts';
import { runSequential, type SequentialLayer } from './sequential.ts';

export interface PixelDiscriminatorOptions {
  /** Channels after the first convolution. Default 64. */
  readonly filters?: number;
  /** Default instance. */
  readonly normalization?: Normalization;
  /** Spectral norm of every convolution (Miyato et al. 2018). Default false. */
  readonly spectralNorm?: boolean;
}

/**
 * The 1x1 PatchGAN (Isola et al. 2017): judges every pixel by itself, [N, C, H, W] -> [N, 1, H, W].
 * Parameters under `net.*`. Its last convolution follows the rule of those before a norm, as published.
 */
export function pixelDiscriminator(options: PixelDiscriminatorOptions = {}): Discriminator {
  const { filters = 64, normalization = 'instance', spectralNorm = false } = options;
  const bias = hasBiasBefore(normalization);
  const sequence: SequentialLayer[] = [
    convolution1(filters, { bias: true, spectralNorm }),
    activation,
    convolution1(2 * filters, { bias, spectralNorm }),
    { apply: (scope, x) => normalize(scope, x, normalization) },
    activation,
    convolution1(1, { bias, spectralNorm }),
  ];
  return { forward: (scope, x) => runSequential(scope.child('net'), sequence, x).at(-1) as Value };
}

const activation: SequentialLayer = { apply: (scope, x) => leakyRelu(scope, x, 0.2), inPlace: true };

function convolution1(
  filters: number,
  options: { readonly bias: boolean; readonly spectralNorm: boolean },
): SequentialLayer {
  return { apply: (scope, x) => convolution(scope, x, { filters, kernel: 1, ...options }) };
}
