import { describe, expect, it } from 'vitest';
import { Arguments } from '../arguments.ts';
import { cycleGanOptions } from './cyclegan-step.ts';

const batch = [2, 3, 32, 32] as const;
const published = { netG: 'resnet_9blocks', netD: 'basic', no_antialias: true, no_antialias_up: true };

describe('options of CycleGAN', () => {
  it('that a case leaves out are the published ones', () => {
    expect(cycleGanOptions(new Arguments(published), batch)).toMatchObject({
      generator: {
        kind: 'resnet',
        filters: 64,
        blocks: 9,
        normalization: 'instance',
        antialiasDown: false,
        antialiasUp: false,
      },
      discriminator: { kind: 'patch', filters: 64, layers: 3, normalization: 'instance', antialias: false },
      adversarialObjective: 'lsgan',
      gradientPenaltyWeight: 0,
      cycleWeightA: 10,
      cycleWeightB: 10,
      identityWeight: 0.5,
      optimizer: { learningRate: 2e-4, beta1: 0.5, beta2: 0.999 },
    });
  });

  it('that a case names are read, each', () => {
    const given = new Arguments({
      model: 'cycle_gan',
      ngf: 4,
      ndf: 6,
      netG: 'unet_128',
      netD: 'n_layers',
      n_layers_D: 2,
      normG: 'batch',
      normD: 'none',
      no_antialias: false,
      no_antialias_up: false,
      gan_mode: 'wgangp',
      lambda_A: 3,
      lambda_B: 4,
      lambda_identity: 0.1,
      lambda_gp: 5,
      lr: 1e-3,
      beta1: 0.9,
      beta2: 0.99,
      batch_size: 2,
      pool_size: 50,
      input_nc: 3,
      output_nc: 3,
    });
    expect(cycleGanOptions(given, batch)).toMatchObject({
      generator: {
        kind: 'unet',
        downs: 7,
        filters: 4,
        normalization: 'batch',
        antialiasDown: true,
        antialiasUp: true,
      },
      discriminator: { kind: 'patch', filters: 6, layers: 2, normalization: 'none', antialias: true },
      adversarialObjective: 'wgangp',
      gradientPenaltyWeight: 5,
      cycleWeightA: 3,
      cycleWeightB: 4,
      identityWeight: 0.1,
      optimizer: { learningRate: 1e-3, beta1: 0.9, beta2: 0.99 },
    });
    expect(given.unread).toEqual([]);
  });

  it('that our CycleGAN does not have are refused', () => {
    const refused = (others: object) => () =>
      cycleGanOptions(new Arguments({ ...published, ...others }), batch);
    expect(refused({ no_dropout: false })).toThrow('no_dropout must be true');
    expect(refused({ output_nc: 1 })).toThrow('output_nc must be 3, got 1');
    expect(refused({ gan_mode: 'relativistic' })).toThrow('gan_mode must be one of lsgan');
  });
});
