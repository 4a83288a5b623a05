import type { AdversarialObjective } from '../../training/losses/adversarial.ts';
import { adversarialObjectives } from '../../training/losses/adversarial.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import { discriminatorOptions } from './discriminator.ts';
import { residualBlocks } from './generator.ts';
import { normalizations } from './network.ts';

/**
 * What the options of CUT, DCLGAN, SimDCL and EnCo have in common.
 * @throws ArgumentError for an option that ours do not have
 */
export function familyOptions(given: Arguments, batch: BatchShape, objective: AdversarialObjective) {
  given.withoutInfluence('model', 'pool_size', 'init_type', 'init_gain');
  given.withoutInfluence('crop_size', 'load_size', 'n_epochs', 'n_epochs_decay');
  given.mustBe('use_dropout', false);
  given.mustBe('batch_size', batch[0]);
  given.mustBe('input_nc', batch[1]);
  given.mustBe('output_nc', batch[1]);
  return {
    generator: {
      filters: given.integer('ngf', 64),
      blocks: residualBlocks(given.text('netG')),
      normalization: given.oneOf('normG', normalizations, 'instance'),
      antialiasDown: !given.flag('no_antialias', false),
      antialiasUp: !given.flag('no_antialias_up', false),
    },
    discriminator: discriminatorOptions(given, given.oneOf('normD', normalizations, 'instance')),
    adversarialObjective: given.oneOf('gan_mode', adversarialObjectives, objective),
    adversarialWeight: given.number('lambda_GAN', 1),
  };
}

/** Which patches PatchNCE compares, and how. */
export function contrastOptions(given: Arguments) {
  given.oneOf('netF', ['mlp_sample'], 'mlp_sample');
  return {
    featureLayers: given.integers('nce_layers'),
    patches: given.integer('num_patches', 256),
    projectionChannels: given.integer('netF_nc', 256),
    temperature: given.number('nce_T', 0.07),
  };
}

/** Adam of the family; `rate` is the name of its learning rate. */
export function adamOptions(given: Arguments, rate = 'lr', learningRate = 2e-4) {
  return {
    learningRate: given.number(rate, learningRate),
    beta1: given.number('beta1', 0.5),
    beta2: given.number('beta2', 0.999),
  };
}
