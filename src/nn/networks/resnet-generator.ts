import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { relu, tanh } from '../layers/activation.ts';
import { blurDownsample, blurUpsample } from '../layers/blur.ts';
import { type ConvolutionOptions, convolution, transposedConvolution } from '../layers/convolution.ts';
import { type DropoutMask, dropout } from '../layers/dropout.ts';
import { hasBiasBefore, type Normalization, normalize } from '../layers/normalization.ts';
import { pad } from '../layers/padding.ts';
import type { Scope } from '../scope.ts';
import { runSequential, type SequentialLayer } from './sequential.ts';

export interface ResnetGeneratorOptions {
  /** Channels of the source picture. Default 3. */
  readonly inputChannels?: number;
  /** Channels of the translation. Default 3. */
  readonly outputChannels?: number;
  /** Channels at full size; each of the two down-samplings doubles them. Default 64. */
  readonly filters?: number;
  /** Residual blocks at a quarter of the size. Default 9. */
  readonly blocks?: number;
  /** Default instance. */
  readonly normalization?: Normalization;
  /** Down-sampling by a blur (the CUT family) rather than by a strided convolution (CycleGAN). Default true. */
  readonly antialiasDown?: boolean;
  /** Up-sampling by a blur rather than by a transposed convolution. Default true. */
  readonly antialiasUp?: boolean;
  /** Dropout of one half inside the residual blocks. Default false. */
  readonly dropout?: boolean;
  /** Needed when a generator with dropout trains. */
  readonly dropoutMask?: DropoutMask;
}

export interface ResnetGenerator {
  /** x: [N, inputChannels, H, W] in -1..1 -> [N, outputChannels, H, W] in -1..1. H and W are multiples of 4. */
  forward(scope: Scope, x: Value): Value;
  /**
   * Also what the given layers of the module list (`nce_layers` of the published code) put out.
   * A layer directly before a ReLU gives the rectified tensor, because the published ReLU overwrites its input.
   * @param layers indices in ascending order
   * @throws InvalidArgumentError when there is no such layer, or the order is another
   */
  features(scope: Scope, x: Value, layers: readonly number[]): { output: Value; features: Value[] };
  /**
   * The features alone, computed no further than the last of them. As in the published code, that last one is not
   * rectified even where a ReLU would follow, because the ReLU does not run.
   */
  encode(scope: Scope, x: Value, layers: readonly number[]): Value[];
}

type Settings = Required<Omit<ResnetGeneratorOptions, 'dropoutMask'>> &
  Pick<ResnetGeneratorOptions, 'dropoutMask'>;

/**
 * The residual generator of Johnson et al. 2016 as CycleGAN (Zhu et al. 2017) and CUT (Park et al. 2020) use it:
 * 7x7 convolution, two down-samplings, residual blocks, two up-samplings, 7x7 convolution, tanh.
 * Parameters under `model.*`, numbered as in the published checkpoints.
 */
export function resnetGenerator(options: ResnetGeneratorOptions = {}): ResnetGenerator {
  const settings = settingsOf(options);
  const sequence = [
    ...stem(settings),
    ...[1, 2].flatMap((multiple) => down(settings, multiple * settings.filters)),
    ...Array.from({ length: settings.blocks }, () => residualBlock(settings)),
    ...[2, 1].flatMap((multiple) => up(settings, multiple * settings.filters)),
    ...head(settings),
  ];
  const run = (scope: Scope, x: Value, last?: number) =>
    runSequential(scope.child('model'), sequence, x, last);
  return {
    forward: (scope, x) => run(scope, x).at(-1) as Value,
    features(scope, x, layers) {
      requireAscending(layers, sequence.length);
      const outputs = run(scope, x);
      return { output: outputs.at(-1) as Value, features: chosen(outputs, layers) };
    },
    encode(scope, x, layers) {
      requireAscending(layers, sequence.length);
      return chosen(run(scope, x, layers.at(-1)), layers);
    },
  };
}

function settingsOf(options: ResnetGeneratorOptions): Settings {
  const settings: Settings = {
    inputChannels: 3,
    outputChannels: 3,
    filters: 64,
    blocks: 9,
    normalization: 'instance',
    antialiasDown: true,
    antialiasUp: true,
    dropout: false,
    ...options,
  };
  if (!Number.isInteger(settings.blocks) || settings.blocks < 0) {
    throw new InvalidArgumentError(`a generator has 0 or more residual blocks, got ${settings.blocks}`);
  }
  return settings;
}

function stem(settings: Settings): SequentialLayer[] {
  return [reflect(3), ...convolutionNormRelu(settings, { filters: settings.filters, kernel: 7 })];
}

/** Doubles the `channels` and halves the size. */
function down(settings: Settings, channels: number): SequentialLayer[] {
  const shared = { filters: 2 * channels, kernel: 3, padding: 1 };
  if (!settings.antialiasDown) return convolutionNormRelu(settings, { ...shared, stride: 2 });
  return [...convolutionNormRelu(settings, shared), { apply: blurDownsample }];
}

/** To `channels`, at twice the size. */
function up(settings: Settings, channels: number): SequentialLayer[] {
  const shared = { filters: channels, kernel: 3, padding: 1 };
  if (settings.antialiasUp) return [{ apply: blurUpsample }, ...convolutionNormRelu(settings, shared)];
  const bias = hasBiasBefore(settings.normalization);
  const transposed = { ...shared, stride: 2, outputPadding: 1, bias };
  return [{ apply: (scope, x) => transposedConvolution(scope, x, transposed) }, ...normRelu(settings)];
}

/** x plus what its inner list makes of it, at a quarter of the size: [N, 4 filters, H/4, W/4]. */
function residualBlock(settings: Settings): SequentialLayer {
  const half = { filters: 4 * settings.filters, kernel: 3 };
  const drop: SequentialLayer = { apply: (scope, x) => dropout(scope, x, settings.dropoutMask) };
  const inner = [
    reflect(1),
    ...convolutionNormRelu(settings, half),
    ...(settings.dropout ? [drop] : []),
    reflect(1),
    ...convolutionNormRelu(settings, half).slice(0, 2),
  ];
  return {
    apply: (scope, x) =>
      scope.graph.Add(x, runSequential(scope.child('conv_block'), inner, x).at(-1) as Value),
  };
}

function head({ outputChannels }: Settings): SequentialLayer[] {
  const last = { filters: outputChannels, kernel: 7 };
  return [reflect(3), { apply: (scope, x) => convolution(scope, x, last) }, { apply: tanh }];
}

function reflect(pixels: number): SequentialLayer {
  return { apply: (scope, x) => pad(scope, x, pixels, 'reflect') };
}

function convolutionNormRelu(settings: Settings, options: ConvolutionOptions): SequentialLayer[] {
  const withBias = { ...options, bias: hasBiasBefore(settings.normalization) };
  return [{ apply: (scope, x) => convolution(scope, x, withBias) }, ...normRelu(settings)];
}

function normRelu({ normalization }: Settings): SequentialLayer[] {
  return [{ apply: (scope, x) => normalize(scope, x, normalization) }, { apply: relu, inPlace: true }];
}

function chosen(outputs: readonly Value[], layers: readonly number[]): Value[] {
  return layers.map((layer) => outputs[layer] as Value);
}

function requireAscending(layers: readonly number[], count: number): void {
  for (const [index, layer] of layers.entries()) {
    const lowest = index === 0 ? 0 : (layers[index - 1] as number) + 1;
    if (Number.isInteger(layer) && layer >= lowest && layer < count) continue;
    throw new InvalidArgumentError(
      `feature layers are ascending indices from 0 to ${count - 1}, got ${layers.join(', ')}`,
    );
  }
}
