import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { leakyRelu, relu, tanh } from '../layers/activation.ts';
import { convolution, transposedConvolution } from '../layers/convolution.ts';
import { type DropoutMask, dropout } from '../layers/dropout.ts';
import { hasBiasBefore, type Normalization, normalize } from '../layers/normalization.ts';
import type { Scope } from '../scope.ts';

export interface UnetGeneratorOptions {
  /** Channels of the translation. Default 3. */
  readonly outputChannels?: number;
  /** Channels after the first convolution. Default 64. */
  readonly filters?: number;
  /** How often the size is halved, 5 or more: 7 for unet_128, 8 for unet_256. Default 8. */
  readonly downs?: number;
  /** Default instance. */
  readonly normalization?: Normalization;
  /** Dropout of one half after the inner up-convolutions. Default false. */
  readonly dropout?: boolean;
  /** Needed when a generator with dropout trains. */
  readonly dropoutMask?: DropoutMask;
}

export interface UnetGenerator {
  /** x: [N, C, H, W] in -1..1 -> [N, outputChannels, H, W] in -1..1. H and W are multiples of 2 ** downs. */
  forward(scope: Scope, x: Value): Value;
}

type Settings = Required<Omit<UnetGeneratorOptions, 'dropoutMask'>> &
  Pick<UnetGeneratorOptions, 'dropoutMask'>;

const slope = 0.2;
const halving = { kernel: 4, stride: 2, padding: 1 };

/**
 * The U-Net generator of pix2pix and CycleGAN (Isola et al. 2017), built from the inside out: each level halves the
 * size, applies the level below, doubles the size and joins the result to its own input.
 * Parameters nest as in the published checkpoints: `model.model.1.model.3...`.
 */
export function unetGenerator(options: UnetGeneratorOptions = {}): UnetGenerator {
  const settings: Settings = {
    outputChannels: 3,
    filters: 64,
    downs: 8,
    normalization: 'instance',
    dropout: false,
    ...options,
  };
  if (!Number.isInteger(settings.downs) || settings.downs < 5) {
    throw new InvalidArgumentError(`a U-Net halves the size 5 times or more, got ${settings.downs}`);
  }
  return { forward: (scope, x) => outermost(scope.child('model').child('model'), x, settings) };
}

/** The level without norms and skip: its input is the picture. */
function outermost(scope: Scope, x: Value, settings: Settings): Value {
  const halved = convolution(scope.child(0), x, {
    filters: settings.filters,
    ...halving,
    bias: bias(settings),
  });
  const joined = relu(scope, inner(scope.child(1).child('model'), halved, 1, settings));
  return tanh(
    scope,
    transposedConvolution(scope.child(3), joined, { filters: settings.outputChannels, ...halving }),
  );
}

/**
 * Level `depth` (1 below the outermost) of x: [N, C, h, w] -> [N, 2 C, h, w], x and the level's result.
 * The published LeakyReLU at its entrance overwrites x, so that the skip carries leaky_relu(x) and not x.
 */
function inner(scope: Scope, x: Value, depth: number, settings: Settings): Value {
  const skip = leakyRelu(scope, x, slope);
  const filters = channelsAt(depth, settings);
  const halved = convolution(scope.child(1), skip, { filters, ...halving, bias: bias(settings) });
  const isInnermost = depth === settings.downs - 1;
  // The innermost level has neither a norm on its way down nor a level below; its entries move up by two places.
  const below = isInnermost
    ? halved
    : inner(
        scope.child(3).child('model'),
        normalize(scope.child(2), halved, settings.normalization),
        depth + 1,
        settings,
      );
  const place = isInnermost ? 3 : 5;
  const doubled = transposedConvolution(scope.child(place), relu(scope, below), {
    filters: channelsAt(depth - 1, settings),
    ...halving,
    bias: bias(settings),
  });
  const result = normalize(scope.child(place + 1), doubled, settings.normalization);
  const kept = hasDropout(depth, settings) ? dropout(scope, result, settings.dropoutMask) : result;
  return scope.graph.Concat([skip, kept], 1);
}

/** Channels double with the depth up to eight times those of the first level. */
function channelsAt(depth: number, { filters }: Settings): number {
  return filters * Math.min(2 ** depth, 8);
}

/** The levels between the widest of the outer four and the innermost. */
function hasDropout(depth: number, settings: Settings): boolean {
  return settings.dropout && depth >= 4 && depth < settings.downs - 1;
}

function bias({ normalization }: Settings): boolean {
  return hasBiasBefore(normalization);
}
