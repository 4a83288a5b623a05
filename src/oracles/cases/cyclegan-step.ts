import { type CycleGanOptions, cycleGanSchema } from '../../training/config/cyclegan.ts';
import { adversarialObjectives } from '../../training/losses/adversarial.ts';
import { cyclegan } from '../../training/methods/cyclegan.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import type { CaseKind } from '../case-kind.ts';
import { inputOf } from '../oracle-case.ts';
import { stepAttempts } from '../step-attempts.ts';
import { discriminatorOptions } from './discriminator.ts';
import { residualBlocks, unetHalvings } from './generator.ts';
import { normalizations } from './network.ts';

/** The published D_A judges pictures of B. */
const networks = {
  G_A: 'generatorAtoB',
  G_B: 'generatorBtoA',
  D_A: 'discriminatorB',
  D_B: 'discriminatorA',
};

/** One step of `CycleGANModel`. */
export const cycleGanStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bCycleGANModel\b/.test(class_or_function) && (residualBlocks(netG) ?? unetHalvings(netG)) !== undefined,
  attempts(oracle) {
    const batch = inputOf(oracle, 'real_A').dims as BatchShape;
    const options = cycleGanOptions(oracle.arguments, batch);
    return stepAttempts(oracle, options.generator.normalization, {
      method: cyclegan(options, batch),
      networks,
      // Without them the published code logs 0.
      absentLosses: options.identityWeight === 0 ? ['idt_A', 'idt_B'] : [],
      draws: new Map(),
    });
  },
};

/** @throws ArgumentError for an option that our CycleGAN does not have */
export function cycleGanOptions(given: Arguments, batch: BatchShape): CycleGanOptions {
  // In its first step a pool is empty, and hands back what it is given.
  given.withoutInfluence('pool_size');
  given.withoutInfluence('model', 'init_type', 'init_gain');
  given.withoutInfluence('crop_size', 'load_size', 'n_epochs', 'n_epochs_decay');
  given.mustBe('use_dropout', false);
  given.mustBe('no_dropout', true);
  given.mustBe('batch_size', batch[0]);
  given.mustBe('input_nc', batch[1]);
  given.mustBe('output_nc', batch[1]);
  return cycleGanSchema.parse({
    generator: generatorOptions(given),
    discriminator: discriminatorOptions(given, given.oneOf('normD', normalizations, 'instance')),
    adversarialObjective: given.oneOf('gan_mode', adversarialObjectives, 'lsgan'),
    // The published step has no penalty, whatever the objective; a case of a step that has one says so.
    gradientPenaltyWeight: given.number('lambda_gp', 0),
    cycleWeightA: given.number('lambda_A', 10),
    cycleWeightB: given.number('lambda_B', 10),
    identityWeight: given.number('lambda_identity', 0.5),
    poolSize: 0,
    optimizer: {
      learningRate: given.number('lr', 2e-4),
      beta1: given.number('beta1', 0.5),
      beta2: given.number('beta2', 0.999),
    },
  });
}

function generatorOptions(given: Arguments): object {
  const netG = given.text('netG');
  const downs = unetHalvings(netG);
  return {
    ...(downs === undefined ? { blocks: residualBlocks(netG) } : { kind: 'unet', downs }),
    filters: given.integer('ngf', 64),
    normalization: given.oneOf('normG', normalizations, 'instance'),
    antialiasDown: !given.flag('no_antialias', false),
    antialiasUp: !given.flag('no_antialias_up', false),
  };
}
