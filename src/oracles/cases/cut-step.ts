import { type Tensor, tensor } from '../../core/tensor.ts';
import { type CutOptions, cutSchema } from '../../training/config/cut.ts';
import { cut } from '../../training/methods/cut.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import type { Attempt, CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { stepAttempts } from '../step-attempts.ts';
import { adamOptions, contrastOptions, familyOptions } from './family-options.ts';
import { residualBlocks } from './generator.ts';

const networks = { G: 'generator', F: 'patchSampler', D: 'discriminator' };

/** One step of `CUTModel`: CUT and FastCUT. */
export const cutStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bCUTModel\b/.test(class_or_function) && residualBlocks(netG) !== undefined,
  attempts,
};

async function* attempts(oracle: OracleCase): AsyncGenerator<Attempt> {
  const batch = inputOf(oracle, 'real_A').dims as BatchShape;
  const options = cutOptions(oracle.arguments, batch);
  const method = cut(options, batch);
  for (const mirrored of options.flipEquivariance ? coinOf(oracle.declaration.notes) : [undefined]) {
    const draws = new Map<string, Tensor>();
    if (mirrored !== undefined) draws.set('mirrored', tensor('bool', [], Uint8Array.of(mirrored ? 1 : 0)));
    yield* stepAttempts(oracle, options.generator.normalization, { method, networks, draws });
  }
}

/** How FastCUT's coin fell, which is not among the inputs: the notes may say it; else both ways are to be tried. */
export function coinOf(notes: string): readonly boolean[] {
  const said = /forced to (true|false)/i.exec(notes)?.[1];
  return said === undefined ? [true, false] : [said.toLowerCase() === 'true'];
}

/** @throws ArgumentError for an option that our CUT does not have */
export function cutOptions(given: Arguments, batch: BatchShape): CutOptions {
  given.withoutInfluence('CUT_mode');
  return cutSchema.parse({
    ...familyOptions(given, batch, 'lsgan'),
    ...contrastOptions(given),
    contrastiveWeight: given.number('lambda_NCE', 1),
    identityContrast: given.flag('nce_idt', true),
    flipEquivariance: given.flag('flip_equivariance', false),
    negativesFromMinibatch: given.flag('nce_includes_all_negatives_from_minibatch', false),
    optimizer: adamOptions(given),
  });
}
