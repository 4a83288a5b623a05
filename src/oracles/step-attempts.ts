import type { Normalization } from '../nn/layers/normalization.ts';
import type { Attempt } from './case-kind.ts';
import { inputOf, type OracleCase } from './oracle-case.ts';
import { torchCpuRules } from './torch-cpu-instance-norm.ts';
import { reluInputs, runStep, type StepReading } from './training-step.ts';
import { mixtures, undecidedUnits, withNudges } from './undecided-units.ts';

const footnotes = {
  fault: 'gradients saved by PyTorch carry a fault of its instance_norm on the CPU at batch 1, imitated here',
  order: 'convolutions summed in another order',
  nudged:
    'units whose input is 0 to rounding on the other side of 0, as they are in another order of summation',
};

/** More would be many attempts, and no more a matter of rounding. */
const mostUndecided = 4;

/**
 * The step by true derivatives, and where PyTorch's own may be wrong, by an imitation of its fault (see
 * torch-cpu-instance-norm.ts); in both orders in which ONNX Runtime sums convolutions, and with units that hang on that
 * order on either side (see undecided-units.ts).
 */
export async function* stepAttempts(
  oracle: OracleCase,
  normalization: Normalization,
  reading: StepReading,
): AsyncGenerator<Attempt> {
  const variants = variantsOf(oracle, normalization, reading);
  for (const order of ['basic', 'all'] as const) {
    const also = order === 'all' ? [footnotes.order] : [];
    for (const { notes, variant } of variants) {
      yield attempt(await runStep(oracle, variant, order), [...notes, ...also]);
    }
  }
  const [basic, all] = [await reluInputs(oracle, reading, 'basic'), await reluInputs(oracle, reading, 'all')];
  const groups = undecidedUnits(basic, all);
  if (groups.length > mostUndecided) return;
  for (const units of mixtures(groups)) {
    for (const { notes, variant } of variants.toReversed()) {
      const nudged = { ...variant, gradientRules: withNudges(units, variant.gradientRules) };
      yield attempt(await runStep(oracle, nudged, 'basic'), [...notes, footnotes.nudged]);
    }
  }
}

interface Variant {
  readonly variant: StepReading;
  readonly notes: readonly string[];
}

function variantsOf(oracle: OracleCase, normalization: Normalization, reading: StepReading): Variant[] {
  const exact = { variant: reading, notes: [] };
  if (inputOf(oracle, 'real_A').dims[0] !== 1 || normalization !== 'instance') return [exact];
  return [exact, { variant: { ...reading, gradientRules: torchCpuRules }, notes: [footnotes.fault] }];
}

function attempt(produced: Attempt['produced'], notes: readonly string[]): Attempt {
  return notes.length === 0 ? { produced } : { produced, footnote: notes.join('; ') };
}
