import type { Tensor } from '../../core/tensor.ts';
import type { VqAutoencoderOptions } from '../../nn/networks/vq-i2i/autoencoder.ts';
import { type VqI2iOptions, vqI2iSchema } from '../../training/config/vq-i2i.ts';
import type { StateDict } from '../../training/pytorch/index.ts';
import type { Arguments } from '../arguments.ts';

/**
 * The autoencoder that the arguments of `VQModelCrossGAN_ADAIN` describe.
 * @throws ArgumentError for an option that ours does not have
 */
export function autoencoderOptions(given: Arguments) {
  const levels = given.group('ddconfig');
  levels.withoutInfluence('in_channels');
  levels.mustBe('double_z', false);
  levels.mustBe('dropout', 0);
  return {
    channels: levels.integer('ch', 128),
    multipliers: levels.integers('ch_mult', [1, 1, 2, 2, 4]),
    residualBlocks: levels.integer('num_res_blocks', 2),
    resolution: levels.integer('resolution', 256),
    attentionResolutions: levels.integers('attn_resolutions', [16]),
    contentChannels: levels.integer('z_channels', 256),
    outputChannels: levels.integer('out_ch', 3),
    codebookSize: given.integer('n_embed', 512),
    codeDimension: given.integer('embed_dim', 512),
    styleChannels: given.integer('style_dim_base', 64),
    perceptronChannels: given.integer('mlp_dim', 256),
  } satisfies VqAutoencoderOptions;
}

/** @throws ArgumentError for an option that ours does not have */
export function vqOptions(given: Arguments): VqI2iOptions {
  const network = autoencoderOptions(given);
  const { channels: filters, multipliers, residualBlocks, resolution, attentionResolutions } = network;
  const loss = given.group('lossconfig').group('params');
  given.group('lossconfig').withoutInfluence('target');
  loss.withoutInfluence('disc_in_channels', 'disc_weight', 'disc_start', 'pixelloss_weight');
  loss.mustBe('disc_conditional', false);
  loss.mustBe('perceptual_weight', 0);
  return vqI2iSchema.parse({
    generator: {
      filters,
      multipliers,
      residualBlocks,
      resolution,
      attentionResolutions,
      contentChannels: network.contentChannels,
    },
    codebook: {
      size: network.codebookSize,
      dimension: network.codeDimension,
      weight: loss.number('codebook_weight', 1),
    },
    style: { channels: network.styleChannels, perceptronChannels: network.perceptronChannels },
    discriminator: {
      filters: loss.integer('disc_ndf', 64),
      layers: loss.integer('disc_num_layers', 3),
      weight: loss.number('disc_factor', 1),
    },
    adversarialObjective: loss.oneOf('disc_loss', ['hinge', 'vanilla'], 'hinge'),
  });
}

/** What stands before the keys of a discriminator in the published state_dict. */
const prefixes = {
  discriminatorA: 'loss_a.discriminator.',
  discriminatorB: 'loss_b.discriminator.',
} as const;

/** Which network of ours a published key is of, and the key there. What stands under no prefix is the autoencoder's. */
export function networkOfKey(key: string): { readonly network: string; readonly own: string } {
  const found = Object.entries(prefixes).find(([, prefix]) => key.startsWith(prefix));
  const [network, prefix] = found ?? ['autoencoder', ''];
  return { network, own: key.slice(prefix.length) };
}

/** The published state_dict, network by network. */
export function networkWeights(weights: StateDict): ReadonlyMap<string, StateDict> {
  const networks = new Map<string, Map<string, Tensor>>();
  for (const [key, tensor] of weights) {
    const { network, own } = networkOfKey(key);
    networks.set(network, (networks.get(network) ?? new Map()).set(own, tensor));
  }
  return networks;
}
