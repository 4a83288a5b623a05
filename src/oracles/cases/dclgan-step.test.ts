import { expect, it } from 'vitest';
import { Arguments } from '../arguments.ts';
import { dclganOptions } from './dclgan-step.ts';
import { simdclOptions } from './simdcl-step.ts';

const batch = [1, 3, 32, 32] as const;
const published = { netG: 'resnet_9blocks', netD: 'basic', nce_layers: '4,8,12,16' };

it('reads what a case leaves out as the published options of DCLGAN', () => {
  expect(dclganOptions(new Arguments(published), batch)).toMatchObject({
    adversarialObjective: 'hinge',
    contrastiveWeight: 2,
    identityWeight: 1,
    featureLayers: [4, 8, 12, 16],
    optimizer: { learningRate: 2e-4, beta1: 0.5, beta2: 0.999 },
    samplerOptimizer: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999 },
  });
});

it('reads each option that a case names; lr is not that of the samplers', () => {
  const given = new Arguments({
    ...published,
    gan_mode: 'lsgan',
    lambda_GAN: 0.5,
    lambda_NCE: 3,
    lambda_IDT: 4,
    lr: 1e-4,
    beta1: 0.6,
    num_patches: 48,
    netF_nc: 32,
  });
  expect(dclganOptions(given, batch)).toMatchObject({
    adversarialObjective: 'lsgan',
    adversarialWeight: 0.5,
    contrastiveWeight: 3,
    identityWeight: 4,
    optimizer: { learningRate: 1e-4, beta1: 0.6 },
    samplerOptimizer: { learningRate: 1e-3, beta1: 0.9 },
    patches: 48,
    projectionChannels: 32,
  });
  expect(given.unread).toEqual([]);
});

it('refuses a case without the identity, which the published code cannot compute', () => {
  const given = new Arguments({ ...published, nce_idt: false });
  expect(() => dclganOptions(given, batch)).toThrow('nce_idt must be true');
});

it('reads lr of SimDCL for the samplers too, and weights that it does not look at', () => {
  const given = new Arguments({ ...published, lr: 1e-4, lambda_NCE: 3, lambda_IDT: 4, lambda_SIM: 5 });
  const options = simdclOptions(given, batch);
  expect(options).toMatchObject({
    similarityWeight: 5,
    optimizer: { learningRate: 1e-4 },
    samplerOptimizer: { learningRate: 1e-4, beta1: 0.5 },
  });
  expect(options).not.toHaveProperty('contrastiveWeight');
  expect(given.unread).toEqual([]);
});
