import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { leakyRelu } from '../layers/activation.ts';
import { blurDownsample } from '../layers/blur.ts';
import { convolution } from '../layers/convolution.ts';
import { hasBiasBefore, type Normalization, normalize } from '../layers/normalization.ts';
import type { Scope } from '../scope.ts';
import { runSequential, type SequentialLayer } from './sequential.ts';

export interface PatchDiscriminatorOptions {
  /** Channels after the first convolution. Default 64. */
  readonly filters?: number;
  /** Down-sampling convolutions; 3 see patches of 70x70 pixels. Default 3. */
  readonly layers?: number;
  /** Default instance. */
  readonly normalization?: Normalization;
  /** Down-sampling by a blur (the CUT family) rather than by strided convolutions (CycleGAN). Default true. */
  readonly antialias?: boolean;
  /** Spectral norm of every convolution (Miyato et al. 2018). Default false. */
  readonly spectralNorm?: boolean;
}

export interface Discriminator {
  /** x: a picture [N, C, H, W] in -1..1 -> one logit a patch, [N, 1, H', W']; high means real. */
  forward(scope: Scope, x: Value): Value;
}

const slope = 0.2;
/** Channels stop growing at eight times those of the first layer. */
const widest = 8;

/**
 * PatchGAN (Isola et al. 2017): 4x4 convolutions with LeakyReLU, halving the size `layers` times; 256x256 gives 30x30.
 * Parameters under `model.*`, numbered as in the published checkpoints.
 */
export function patchDiscriminator(options: PatchDiscriminatorOptions = {}): Discriminator {
  const { filters = 64, layers = 3, normalization = 'instance', antialias = true } = options;
  const { spectralNorm = false } = options;
  if (!Number.isInteger(layers) || layers < 1) {
    throw new InvalidArgumentError(`a patch discriminator has 1 or more layers, got ${layers}`);
  }
  const width = (depth: number) => filters * Math.min(2 ** depth, widest);
  const norm: SequentialLayer = { apply: (scope, x) => normalize(scope, x, normalization) };
  const bias = hasBiasBefore(normalization);
  const halve = (depth: number): SequentialLayer[] => [
    convolution4(width(depth), { stride: antialias ? 1 : 2, bias: depth === 0 || bias, spectralNorm }),
    ...(depth === 0 ? [] : [norm]),
    activation,
    ...(antialias ? [{ apply: blurDownsample }] : []),
  ];
  const sequence = [
    ...Array.from({ length: layers }, (_, depth) => halve(depth)).flat(),
    convolution4(width(layers), { stride: 1, bias, spectralNorm }),
    norm,
    activation,
    convolution4(1, { stride: 1, bias: true, spectralNorm }),
  ];
  return { forward: (scope, x) => runSequential(scope.child('model'), sequence, x).at(-1) as Value };
}

const activation: SequentialLayer = { apply: (scope, x) => leakyRelu(scope, x, slope), inPlace: true };

function convolution4(
  filters: number,
  options: { stride: number; bias: boolean; spectralNorm: boolean },
): SequentialLayer {
  return { apply: (scope, x) => convolution(scope, x, { filters, kernel: 4, padding: 1, ...options }) };
}
