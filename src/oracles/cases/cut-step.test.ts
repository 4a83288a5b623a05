import { describe, expect, it } from 'vitest';
import { Arguments } from '../arguments.ts';
import { coinOf, cutOptions } from './cut-step.ts';

const batch = [2, 3, 32, 32] as const;
const published = { netG: 'resnet_9blocks', netD: 'basic', nce_layers: '0,4,8,12,16' };

describe('options of CUT', () => {
  it('that a case leaves out are the published ones', () => {
    expect(cutOptions(new Arguments(published), batch)).toMatchObject({
      generator: {
        filters: 64,
        blocks: 9,
        normalization: 'instance',
        antialiasDown: true,
        antialiasUp: true,
      },
      discriminator: { kind: 'patch', filters: 64, layers: 3, normalization: 'instance', antialias: true },
      adversarialObjective: 'lsgan',
      contrastiveWeight: 1,
      identityContrast: true,
      flipEquivariance: false,
      patches: 256,
      temperature: 0.07,
      negativesFromMinibatch: false,
      optimizer: { learningRate: 2e-4, beta1: 0.5, beta2: 0.999 },
    });
  });

  it('that a case names are read, each', () => {
    const given = new Arguments({
      ...published,
      ngf: 4,
      ndf: 6,
      netG: 'resnet_6blocks',
      netD: 'n_layers',
      n_layers_D: 2,
      normG: 'batch',
      normD: 'none',
      no_antialias: true,
      no_antialias_up: true,
      gan_mode: 'vanilla',
      lambda_GAN: 0.5,
      lambda_NCE: 10,
      nce_idt: false,
      nce_layers: '4,8',
      nce_includes_all_negatives_from_minibatch: true,
      flip_equivariance: true,
      netF: 'mlp_sample',
      netF_nc: 32,
      nce_T: 0.1,
      num_patches: 48,
      lr: 1e-3,
      beta1: 0.9,
      beta2: 0.99,
      batch_size: 2,
      input_nc: 3,
      output_nc: 3,
    });
    expect(cutOptions(given, batch)).toMatchObject({
      generator: { filters: 4, blocks: 6, normalization: 'batch', antialiasDown: false, antialiasUp: false },
      discriminator: { kind: 'patch', filters: 6, layers: 2, normalization: 'none', antialias: false },
      adversarialObjective: 'vanilla',
      adversarialWeight: 0.5,
      contrastiveWeight: 10,
      identityContrast: false,
      flipEquivariance: true,
      featureLayers: [4, 8],
      patches: 48,
      projectionChannels: 32,
      temperature: 0.1,
      negativesFromMinibatch: true,
      optimizer: { learningRate: 1e-3, beta1: 0.9, beta2: 0.99 },
    });
    expect(given.unread).toEqual([]);
  });

  it('that our CUT does not have are refused', () => {
    const refused = (others: object) => () => cutOptions(new Arguments({ ...published, ...others }), batch);
    expect(refused({ netF: 'strided_conv' })).toThrow('netF must be one of mlp_sample');
    expect(refused({ use_dropout: true })).toThrow('use_dropout must be false');
    expect(refused({ batch_size: 1 })).toThrow('batch_size must be 2, got 1');
  });

  it('have three discriminator layers with netD basic, whatever n_layers_D says', () => {
    const given = new Arguments({ ...published, n_layers_D: 5 });
    expect(cutOptions(given, batch).discriminator.layers).toBe(3);
  });
});

it("the fall of FastCUT's coin is in the notes, or open", () => {
  expect(coinOf('the coin (np.random.random()<0.5) was forced to True: the input is mirrored')).toEqual([
    true,
  ]);
  expect(coinOf('the coin was forced to False')).toEqual([false]);
  expect(coinOf('Train mode.')).toEqual([true, false]);
});
