import { UnpairedError } from '../core/errors.ts';
import type { TrainingState } from './step/state.ts';
import type { StepReport } from './step/step-runner.ts';

/** A loss or a weight is not finite any more: nothing that follows from it is of use. */
export class TrainingDivergedError extends UnpairedError {
  /** @param checkpoint path of the last good one; undefined when there is none */
  constructor(what: string, checkpoint: string | undefined) {
    const left =
      checkpoint === undefined ? 'there is no checkpoint yet' : `the last good checkpoint is ${checkpoint}`;
    super(`training diverged: ${what}; ${left}. A lower learning rate may help`, {
      code: 'TRAINING_DIVERGED',
      status: 500,
    });
  }
}

/** The first loss that is not finite, for instance `G is NaN at step 12`; undefined when all are. */
export function lossGoneAstray({ step, losses }: StepReport): string | undefined {
  const found = Object.entries(losses).find(([, value]) => !Number.isFinite(value));
  return found && `${found[0]} is ${found[1]} at step ${step}`;
}

/** The first entry of the state with an element that is not finite, for instance `d.0.bias holds NaN after step 12`. */
export function weightGoneAstray(state: TrainingState, step: number): string | undefined {
  for (const [name, { dtype, data }] of state) {
    const found =
      dtype === 'float32' ? (data as Float32Array).find((value) => !Number.isFinite(value)) : undefined;
    if (found !== undefined) return `${name} holds ${found} after step ${step}`;
  }
  return undefined;
}
