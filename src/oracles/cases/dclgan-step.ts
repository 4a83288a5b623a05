import { type DclganOptions, dclganSchema } from '../../training/config/dclgan.ts';
import { dclgan } from '../../training/methods/dclgan.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import type { CaseKind } from '../case-kind.ts';
import { inputOf } from '../oracle-case.ts';
import { stepAttempts } from '../step-attempts.ts';
import { adamOptions, contrastOptions, familyOptions } from './family-options.ts';
import { residualBlocks } from './generator.ts';

/** Our names of the networks that DCLGAN and SimDCL have in common. */
export const dualNetworks = {
  G_A: 'generatorAtoB',
  G_B: 'generatorBtoA',
  D_A: 'discriminatorB',
  D_B: 'discriminatorA',
  F1: 'patchSamplerAtoB',
  F2: 'patchSamplerBtoA',
};

/** One step of `DCLModel`. */
export const dclganStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bDCLModel\b/.test(class_or_function) && residualBlocks(netG) !== undefined,
  attempts(oracle) {
    const batch = inputOf(oracle, 'real_A').dims as BatchShape;
    const options = dclganOptions(oracle.arguments, batch);
    return stepAttempts(oracle, options.generator.normalization, {
      method: dclgan(options, batch),
      networks: dualNetworks,
      draws: new Map(),
    });
  },
};

/** @throws ArgumentError for an option that our DCLGAN does not have */
export function dclganOptions(given: Arguments, batch: BatchShape): DclganOptions {
  readOverByAll(given);
  return dclganSchema.parse({
    ...familyOptions(given, batch, 'hinge'),
    ...contrastOptions(given),
    contrastiveWeight: given.number('lambda_NCE', 2),
    identityWeight: given.number('lambda_IDT', 1),
    optimizer: adamOptions(given),
  });
}

/** Options that the published code declares and, with the identity on, does not look at. */
export function readOverByAll(given: Arguments): void {
  given.mustBe('nce_idt', true);
  given.withoutInfluence('DCL_mode', 'flip_equivariance', 'nce_includes_all_negatives_from_minibatch');
}
