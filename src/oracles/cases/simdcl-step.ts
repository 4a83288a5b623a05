import { type SimdclOptions, simdclSchema } from '../../training/config/simdcl.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import { simdcl } from '../../training/methods/simdcl.ts';
import type { Arguments } from '../arguments.ts';
import type { CaseKind } from '../case-kind.ts';
import { inputOf } from '../oracle-case.ts';
import { stepAttempts } from '../step-attempts.ts';
import { dualNetworks, readOverByAll } from './dclgan-step.ts';
import { adamOptions, contrastOptions, familyOptions } from './family-options.ts';
import { residualBlocks } from './generator.ts';

const networks = {
  ...dualNetworks,
  F3: 'mappingRealA',
  F4: 'mappingFakeB',
  F5: 'mappingRealB',
  F6: 'mappingFakeA',
};

/** One step of `SIMDCLModel`. */
export const simdclStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bSIMDCLModel\b/.test(class_or_function) && residualBlocks(netG) !== undefined,
  attempts(oracle) {
    const batch = inputOf(oracle, 'real_A').dims as BatchShape;
    const options = simdclOptions(oracle.arguments, batch);
    return stepAttempts(oracle, options.generator.normalization, {
      method: simdcl(options, batch),
      networks,
      draws: new Map(),
    });
  },
};

/** @throws ArgumentError for an option that our SimDCL does not have */
export function simdclOptions(given: Arguments, batch: BatchShape): SimdclOptions {
  readOverByAll(given);
  given.withoutInfluence('lambda_NCE', 'lambda_IDT');
  return simdclSchema.parse({
    ...familyOptions(given, batch, 'hinge'),
    ...contrastOptions(given),
    similarityWeight: given.number('lambda_SIM', 10),
    optimizer: adamOptions(given),
    samplerOptimizer: adamOptions(given),
  });
}
