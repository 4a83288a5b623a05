import { type Discriminator, patchDiscriminator } from '../../nn/networks/patch-discriminator.ts';
import { pixelDiscriminator } from '../../nn/networks/pixel-discriminator.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork, type NetworkState } from '../../nn/sources.ts';
import type { Value } from '../../onnx/ir.ts';

/** Shape of a batch: pictures of each domain in a step, channels, height and width in pixels. */
export type BatchShape = readonly [pictures: number, channels: number, height: number, width: number];

/** The state of a network that is applied to a batch of the given shape. */
export function stateOf(shape: BatchShape, apply: (scope: Scope, pictures: Value) => unknown): NetworkState {
  return describeNetwork((scope) => apply(scope, scope.graph.input('pictures', 'float32', shape)));
}

type DiscriminatorOptions = Parameters<typeof patchDiscriminator>[0] & {
  readonly kind: 'patch' | 'pixel';
  readonly filters: number;
};

/** The discriminator that `netD` names. */
export function discriminatorOf(options: DiscriminatorOptions): Discriminator {
  return options.kind === 'pixel' ? pixelDiscriminator(options) : patchDiscriminator(options);
}
