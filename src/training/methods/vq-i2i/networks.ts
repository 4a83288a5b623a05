import type { PolicyChoice } from '../../../nn/initialize.ts';
import { type VqAutoencoder, vqAutoencoder } from '../../../nn/networks/vq-i2i/autoencoder.ts';
import { vqDiscriminator } from '../../../nn/networks/vq-i2i/discriminator.ts';
import type { Scope } from '../../../nn/scope.ts';
import type { Value } from '../../../onnx/ir.ts';
import type { VqI2iOptions } from '../../config/vq-i2i.ts';
import { domains } from '../domains.ts';
import type { TrainedNetwork } from '../method.ts';
import { type BatchShape, stateOf } from '../networks.ts';

/** Which network judges pictures of a domain. */
export const discriminators = { A: 'discriminatorA', B: 'discriminatorB' } as const;

/** Content encoder, codebook, style encoders and decoders, as one state_dict with the published keys. */
export const autoencoderName = 'autoencoder';

type NetworkOptions = Pick<VqI2iOptions, 'generator' | 'codebook' | 'style'>;

/** The autoencoder that the options describe, for pictures of the batch's size. */
export function autoencoderOf({ generator, codebook, style }: NetworkOptions, batch: BatchShape) {
  const [, channels, height] = batch;
  return vqAutoencoder({
    ...generator,
    channels: generator.filters,
    resolution: generator.resolution ?? height,
    outputChannels: channels,
    codebookSize: codebook.size,
    codeDimension: codebook.dimension,
    styleChannels: style.channels,
    styleCodeSize: style.codeSize,
    perceptronChannels: style.perceptronChannels,
  });
}

/** Applies each part of the autoencoder, so that all its parameters are declared. */
export function applyAll(autoencoder: VqAutoencoder, scope: Scope, pictures: Value): void {
  const { straightThrough } = autoencoder.quantize(scope, autoencoder.features(scope, pictures));
  for (const domain of domains)
    autoencoder.decode(scope, domain, straightThrough, autoencoder.style(scope, domain, pictures));
}

/** The networks of the first stage. */
export function vqNetworks(options: VqI2iOptions, batch: BatchShape) {
  return {
    autoencoder: autoencoderOf(options, batch),
    discriminator: vqDiscriminator(options.discriminator),
  };
}

export type VqNetworks = ReturnType<typeof vqNetworks>;

/** Published: the codebook as VQ-VAE has it, all else torch's own; the way of a style may start as in MUNIT. */
export function autoencoderInitialization({
  codebook,
  style,
}: Pick<VqI2iOptions, 'codebook' | 'style'>): PolicyChoice {
  return ({ name, role }) => {
    if (role === 'embedding') return { type: 'uniform', bound: 1 / codebook.size };
    return style.initialization === 'kaiming' && /^(?:style_enc|mlp)_/.test(name)
      ? { type: 'kaiming', gain: 1 }
      : { type: 'torch-default' };
  };
}

/** Published: N(0, 0.02) for weights of convolutions, torch's own for all else. */
const judging: PolicyChoice = ({ role }) =>
  role === 'convolution-weight' ? { type: 'normal', gain: 0.02 } : { type: 'torch-default' };

export function trainedNetworks(
  { autoencoder, discriminator }: VqNetworks,
  options: VqI2iOptions,
  batch: BatchShape,
): Record<string, TrainedNetwork> {
  const judge = { state: stateOf(batch, discriminator.forward), initialization: judging };
  return {
    [autoencoderName]: {
      state: stateOf(batch, (scope, pictures) => applyAll(autoencoder, scope, pictures)),
      initialization: autoencoderInitialization(options),
    },
    [discriminators.A]: judge,
    [discriminators.B]: judge,
  };
}
