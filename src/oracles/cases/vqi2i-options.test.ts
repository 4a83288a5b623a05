import { describe, expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { Arguments } from '../arguments.ts';
import { networkWeights, vqOptions } from './vqi2i-options.ts';

describe('options of VQ-I2I', () => {
  it('that a case leaves out are the published ones', () => {
    expect(vqOptions(new Arguments({}))).toMatchObject({
      generator: {
        filters: 128,
        multipliers: [1, 1, 2, 2, 4],
        residualBlocks: 2,
        resolution: 256,
        attentionResolutions: [16],
        contentChannels: 256,
      },
      codebook: { size: 512, dimension: 512, weight: 1, commitmentCost: 0.25, revivalSteps: 0 },
      style: { channels: 64, codeSize: 8, perceptronChannels: 256 },
      discriminator: { filters: 64, layers: 3, weight: 1 },
      adversarialObjective: 'hinge',
      paired: false,
      reconstructionWeight: 5,
      adversarialWeight: 0.1,
      reconstructionRealism: 0.2,
      translationJudgement: 1,
      styleRegressionWeight: 0,
      contentRegressionWeight: 0,
      optimizer: { learningRate: 1e-5, beta1: 0.5, beta2: 0.999 },
    });
  });

  it('that a case names are read, each', () => {
    const given = new Arguments({
      n_embed: 32,
      embed_dim: 24,
      ddconfig: {
        double_z: false,
        z_channels: 16,
        resolution: 32,
        in_channels: 3,
        out_ch: 3,
        ch: 64,
        ch_mult: [2, 1],
        num_res_blocks: 1,
        attn_resolutions: [8],
        dropout: 0,
      },
      lossconfig: {
        target: 'VQLPIPSWithDiscriminator',
        params: {
          disc_conditional: false,
          disc_in_channels: 3,
          disc_start: 0,
          disc_factor: 0.8,
          disc_weight: 0.1,
          disc_num_layers: 2,
          disc_loss: 'vanilla',
          codebook_weight: 2,
          perceptual_weight: 0,
          disc_ndf: 4,
        },
      },
      style_dim_base: 4,
      mlp_dim: 12,
    });
    expect(vqOptions(given)).toMatchObject({
      generator: {
        filters: 64,
        multipliers: [2, 1],
        residualBlocks: 1,
        resolution: 32,
        attentionResolutions: [8],
        contentChannels: 16,
      },
      codebook: { size: 32, dimension: 24, weight: 2 },
      style: { channels: 4, perceptronChannels: 12 },
      discriminator: { filters: 4, layers: 2, weight: 0.8 },
      adversarialObjective: 'vanilla',
    });
    expect(given.unread).toEqual([]);
  });

  it('that ours does not have are refused', () => {
    const lossconfig = { params: { perceptual_weight: 1 } };
    expect(() => vqOptions(new Arguments({ lossconfig }))).toThrow('perceptual_weight must be 0, got 1');
  });
});

it('takes the published state_dict apart by network', () => {
  const one = float32([1], [1]);
  const keys = [
    'encoder.conv_in.weight',
    'loss_a.discriminator.main.0.bias',
    'loss_b.discriminator.main.2.weight',
  ];
  const networks = networkWeights(new Map(keys.map((key) => [key, one])));
  expect([...networks].map(([name, weights]) => [name, [...weights.keys()]])).toEqual([
    ['autoencoder', ['encoder.conv_in.weight']],
    ['discriminatorA', ['main.0.bias']],
    ['discriminatorB', ['main.2.weight']],
  ]);
});
