import { expect, it } from 'vitest';
import { toNumbers } from '../../core/tensor.ts';
import { methodNames } from '../config/index.ts';
import { adversarialObjectives } from '../losses/adversarial.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { tinyCycleGan } from '../testing/tiny-cyclegan.ts';
import { trainSteps } from '../testing/train-steps.ts';

/** Between them: every objective, every norm in generator and discriminator, each kind of discriminator. */
const choices = [
  { adversarialObjective: 'lsgan', discriminator: { spectralNorm: true, normalization: 'none' } },
  { adversarialObjective: 'vanilla', generator: { normalization: 'batch' } },
  {
    adversarialObjective: 'hinge',
    generator: { normalization: 'none' },
    discriminator: { normalization: 'batch' },
  },
  { adversarialObjective: 'wgangp', discriminator: { normalization: 'none' } },
  { adversarialObjective: 'nonsaturating', discriminator: { kind: 'pixel', spectralNorm: true } },
];

const tiny = (method: string, options: object) =>
  method === 'cyclegan'
    ? tinyCycleGan({ options })
    : tinyConfig({
        method,
        options: method === 'enco' ? { featureLayers: [3, 7, 16, 20], ...options } : options,
        schedule: { unit: 'steps', constant: 4, decay: 4, warmUp: 0 },
      });

it('tries every objective', () => {
  expect(choices.map(({ adversarialObjective }) => adversarialObjective)).toEqual([...adversarialObjectives]);
});

/** Every objective with some method, every method with some. */
const pairs: readonly [method: string, objective: string][] = [
  ['cut', 'lsgan'],
  ['cut', 'vanilla'],
  ['fastcut', 'wgangp'],
  ['cyclegan', 'hinge'],
  ['dclgan', 'nonsaturating'],
  ['simdcl', 'wgangp'],
  ['enco', 'vanilla'],
  ['enco', 'nonsaturating'],
];

it('tries every method', () => {
  // DRIT and VQ-I2I have discriminators of their own: drit/drit.test.ts and vq-i2i/vq-i2i.test.ts try their options.
  const choosing = methodNames.filter((name) => name !== 'drit' && name !== 'vq-i2i');
  expect(new Set(pairs.map(([method]) => method))).toEqual(new Set(choosing));
});

it.each(pairs)('%s trains with %s', async (method, objective) => {
  const options = choices.find(({ adversarialObjective }) => adversarialObjective === objective) as object;
  const { losses, state } = await trainSteps(tiny(method, options), noiseSteps(1, 1, [1, 3, 16, 16]));
  expect(Object.values(losses[0] ?? {}).every(Number.isFinite)).toBe(true);
  for (const [name, tensor] of state) {
    expect(toNumbers(tensor).every(Number.isFinite), name).toBe(true);
  }
});

it('the vectors of spectral norm move with each judgement, their weights by the optimizer', async () => {
  const config = tiny('cut', choices[0] as object);
  const [one, two] = await Promise.all([
    trainSteps(config, noiseSteps(1, 1, [1, 3, 16, 16])),
    trainSteps(config, noiseSteps(1, 2, [1, 3, 16, 16])),
  ]);
  for (const key of ['weight_orig', 'weight_u', 'weight_v']) {
    const [before, after] = [one, two].map(({ state }) => state.get(`discriminator.model.0.${key}`));
    expect([...(after?.data ?? [])]).not.toEqual([...(before?.data ?? [])]);
  }
});
