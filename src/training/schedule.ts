import type { TrainingConfig } from './config/index.ts';
import { linearRate } from './run/index.ts';

/** How long a run is, and how its learning rate goes, in steps. */
export interface Schedule {
  readonly totalSteps: number;
  /** First step (from 0) after the constant rate; undefined when there is none. */
  readonly decayFromStep: number;
  /** @param step counted from 1 */
  epochOf(step: number): number;
  /** Factor on every optimizer's learning rate. @param step counted from 1 */
  rateAt(step: number): number;
}

export function scheduleOf({ schedule }: TrainingConfig, stepsPerEpoch: number): Schedule {
  const { unit, constant, decay } = schedule;
  const rate = linearRate({ constantEpochs: constant, decayEpochs: decay });
  const stepsPerUnit = unit === 'epochs' ? stepsPerEpoch : 1;
  const epochOf = (step: number) => Math.ceil(step / stepsPerEpoch);
  return {
    totalSteps: (constant + decay) * stepsPerUnit,
    decayFromStep: constant * stepsPerUnit,
    epochOf,
    rateAt: (step) => rate(Math.ceil(step / stepsPerUnit)),
  };
}
