import { type Discriminator, patchDiscriminator } from '../../nn/networks/patch-discriminator.ts';
import type { PatchSampler } from '../../nn/networks/patch-sampler.ts';
import { pixelDiscriminator } from '../../nn/networks/pixel-discriminator.ts';
import { type ResnetGeneratorOptions, resnetGenerator } from '../../nn/networks/resnet-generator.ts';
import { type UnetGeneratorOptions, unetGenerator } from '../../nn/networks/unet-generator.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork, type NetworkState } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';
import type { FeedForwardTranslator } from './method.ts';

/** Shape of a batch: pictures of each domain in a step, channels, height and width in pixels. */
export type BatchShape = readonly [pictures: number, channels: number, height: number, width: number];

/** The state of a network that is applied to a batch of the given shape. */
export function stateOf(shape: BatchShape, apply: (scope: Scope, pictures: Value) => unknown): NetworkState {
  return describeNetwork((scope) => apply(scope, scope.graph.input('pictures', 'float32', shape)));
}

/** Shapes of what a network gives for a batch of the given shape. */
export function shapesOf(
  shape: BatchShape,
  apply: (scope: Scope, pictures: Value) => readonly Value[],
): (readonly number[])[] {
  const shapes: (readonly number[])[] = [];
  stateOf(shape, (scope, pictures) => {
    shapes.push(...apply(scope, pictures).map((output) => output.shape as readonly number[]));
  });
  return shapes;
}

/** The state of a patch sampler for feature maps of the given shapes, one a layer. */
export function patchSamplerState(
  sampler: PatchSampler,
  featureShapes: readonly (readonly number[])[],
): NetworkState {
  return describeNetwork((scope) => {
    const g = scope.graph;
    const maps = featureShapes.map((shape, layer) => g.input(`features_${layer}`, 'float32', shape));
    const positions = maps.map((_, layer) => g.input(`positions_${layer}`, 'int64', [1]));
    return sampler.forward(scope, maps, positions);
  });
}

type GeneratorOptions = ResnetGeneratorOptions &
  UnetGeneratorOptions & { readonly kind: 'resnet' | 'unet'; readonly downs: number };

/** The generator that `netG` names, for pictures of as many channels as it gives. */
export function generatorOf(
  options: GeneratorOptions,
  channels: number,
): Pick<FeedForwardTranslator, 'forward' | 'sizeMultiple'> {
  const sized = { ...options, inputChannels: channels, outputChannels: channels };
  if (options.kind === 'unet') {
    return { forward: unetGenerator(sized).forward, sizeMultiple: 2 ** options.downs };
  }
  return { forward: resnetGenerator(sized).forward, sizeMultiple: 4 };
}

type DiscriminatorOptions = Parameters<typeof patchDiscriminator>[0] & {
  readonly kind: 'patch' | 'pixel';
  readonly filters: number;
};

/** The discriminator that `netD` names. */
export function discriminatorOf(options: DiscriminatorOptions): Discriminator {
  return options.kind === 'pixel' ? pixelDiscriminator(options) : patchDiscriminator(options);
}
