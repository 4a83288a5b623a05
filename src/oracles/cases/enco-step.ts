import { int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { ProjectorNormalization } from '../../nn/networks/stage-projector.ts';
import { type EncoOptions, encoSchema } from '../../training/config/enco.ts';
import { enco } from '../../training/methods/enco.ts';
import { guidedCounts } from '../../training/methods/guided-positions.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import type { CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { stepAttempts } from '../step-attempts.ts';
import { adamOptions, familyOptions } from './family-options.ts';
import { residualBlocks } from './generator.ts';

const networks = { G: 'generator', F: 'projector', D: 'discriminator' };

/** One step of `EnCoModel`. */
export const encoStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bEnCoModel\b/.test(class_or_function) && residualBlocks(netG) !== undefined,
  attempts(oracle) {
    const { arguments: given } = oracle;
    const batch = inputOf(oracle, 'real_A').dims as BatchShape;
    const schedule = encoSchedule(given);
    const options = encoOptions(given, batch);
    return stepAttempts(oracle, options.generator.normalization, {
      method: enco(options, batch, schedule),
      networks,
      absentLosses: options.identity ? [] : ['BYOL_Y'],
      draws: drawsOf(oracle, options, batch[0]),
      epoch: given.integer('current_epoch', 1),
    });
  },
};

/** Our draws, cut from the whole permutations that a case saves for each stage and picture. */
export function drawsOf(
  oracle: OracleCase,
  options: Parameters<typeof guidedCounts>[1],
  pictures: number,
): ReadonlyMap<string, Tensor> {
  const draws = new Map<string, Tensor>();
  for (let stage = 0; oracle.inputs.has(`perm1.l${stage}.b0`); stage++) {
    const permutations = (kind: string) =>
      Array.from({ length: pictures }, (_, picture) =>
        toNumbers(inputOf(oracle, `${kind}.l${stage}.b${picture}`)),
      );
    const places = inputOf(oracle, `perm1.l${stage}.b0`).data.length;
    const { candidates, random } = guidedCounts(places, options);
    const first = permutations('perm1').flatMap((all) => all.slice(0, candidates));
    const last = random === 0 ? [] : permutations('perm2').flatMap((all) => all.slice(-random));
    draws.set(`candidates.l${stage}`, int64([pictures, candidates], first));
    draws.set(`random.l${stage}`, int64([pictures, random], last));
  }
  return draws;
}

function encoSchedule(given: Arguments) {
  return {
    unit: 'epochs' as const,
    constant: given.integer('n_epochs', 200),
    decay: given.integer('n_epochs_decay', 200),
  };
}

const projectorNorms: Readonly<Record<string, ProjectorNormalization>> = {
  BN: 'batch',
  LN: 'layer',
  None: 'none',
};

/** What `prj_norm` stands for. */
export function projectorNormalization(given: Arguments): ProjectorNormalization {
  return projectorNorms[given.oneOf('prj_norm', Object.keys(projectorNorms), 'BN')] ?? 'batch';
}

/** @throws ArgumentError for an option that our EnCo does not have */
export function encoOptions(given: Arguments, batch: BatchShape): EncoOptions {
  given.withoutInfluence('nce_T', 'warmup_epochs', 'nce_includes_all_negatives_from_minibatch');
  given.withoutInfluence('sampling_strategy', 'two_F');
  given.oneOf('netF', ['mlp_sample_with_DAG'], 'mlp_sample_with_DAG');
  given.mustBe('flip_equivariance', false);
  const until = given.integer('stop_idt_epochs', -1);
  return encoSchema.parse({
    ...familyOptions(given, batch, 'lsgan'),
    contentWeight: given.number('lambda_NCE', 1),
    identity: given.flag('nce_idt', true),
    identityWeight: given.number('lambda_IDT', 10),
    identityTime: until < 0 ? null : until,
    identityDecay: given.flag('decay_idt', false),
    featureLayers: given.integers('nce_layers'),
    patches: given.integer('num_patches', 256),
    projectionChannels: given.integer('netF_nc', 256),
    projectionNormalization: projectorNormalization(given),
    predictor: !given.flag('no_predictor', false),
    stopGradient: given.flag('stop_gradient', true),
    oversampling: given.integer('oversample_ratio', 4),
    randomShare: given.number('random_ratio', 0.5),
    optimizer: adamOptions(given, 'lr_G', 5e-5),
    discriminatorOptimizer: adamOptions(given, 'lr_D', 2e-4),
    projectorOptimizer: adamOptions(given, 'lr_F', 5e-5),
  });
}
