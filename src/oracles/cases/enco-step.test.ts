import { expect, it } from 'vitest';
import { int64, toNumbers } from '../../core/tensor.ts';
import { Arguments } from '../arguments.ts';
import type { OracleCase } from '../oracle-case.ts';
import { drawsOf, encoOptions } from './enco-step.ts';

const batch = [1, 3, 32, 32] as const;
const published = { netG: 'resnet_9blocks', netD: 'basic', nce_layers: '3,7,13,18,24,28' };

it('reads what a case leaves out as the options of the published parser', () => {
  expect(encoOptions(new Arguments(published), batch)).toMatchObject({
    adversarialObjective: 'lsgan',
    contentWeight: 1,
    identity: true,
    identityWeight: 10,
    identityTime: null,
    projectionNormalization: 'batch',
    predictor: true,
    oversampling: 4,
    randomShare: 0.5,
    optimizer: { learningRate: 5e-5 },
    discriminatorOptimizer: { learningRate: 2e-4 },
    projectorOptimizer: { learningRate: 5e-5 },
  });
});

it('reads each option that a case names', () => {
  const given = new Arguments({
    ...published,
    lambda_NCE: 2,
    lambda_IDT: 3,
    nce_idt: false,
    stop_idt_epochs: 7,
    decay_idt: true,
    prj_norm: 'LN',
    no_predictor: true,
    stop_gradient: false,
    oversample_ratio: 2,
    random_ratio: 0.25,
    lr_G: 1e-5,
    lr_D: 2e-5,
    lr_F: 3e-5,
    beta1: 0.6,
  });
  expect(encoOptions(given, batch)).toMatchObject({
    contentWeight: 2,
    identityWeight: 3,
    identity: false,
    identityTime: 7,
    identityDecay: true,
    projectionNormalization: 'layer',
    predictor: false,
    stopGradient: false,
    oversampling: 2,
    randomShare: 0.25,
    optimizer: { learningRate: 1e-5, beta1: 0.6 },
    discriminatorOptimizer: { learningRate: 2e-5 },
    projectorOptimizer: { learningRate: 3e-5 },
  });
  expect(given.unread).toEqual([]);
});

it('cuts candidates from the front of the first permutation, other places from the end of the second', () => {
  const permutations = Object.entries({
    'perm1.l0.b0': [5, 4, 3, 2, 1, 0],
    'perm2.l0.b0': [0, 1, 2, 3, 4, 5],
    'perm1.l0.b1': [0, 2, 4, 1, 3, 5],
    'perm2.l0.b1': [5, 3, 1, 4, 2, 0],
  });
  const inputs = new Map(permutations.map(([name, places]) => [name, int64([6], places)]));
  const draws = drawsOf(
    { inputs } as unknown as OracleCase,
    { patches: 4, oversampling: 1, randomShare: 0.5 },
    2,
  );
  expect([...draws].map(([name, { dims }]) => [name, dims])).toEqual([
    ['candidates.l0', [2, 4]],
    ['random.l0', [2, 2]],
  ]);
  const [candidates, random] = [...draws.values()].map(toNumbers);
  expect(candidates).toEqual([5, 4, 3, 2, 0, 2, 4, 1]);
  expect(random).toEqual([4, 5, 2, 0]);
});
