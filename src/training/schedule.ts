import { isEgsde } from './config/egsde.ts';
import type { RunConfig } from './config/index.ts';
import { annealedRate, linearRate, withWarmUp } from './run/index.ts';

/** How long a run is, and how its learning rate goes, in steps. */
export interface Schedule {
  readonly totalSteps: number;
  /** The epoch that a step belongs to, counted from 1. @param step counted from 1 */
  epochOf(step: number): number;
  /** Factor on every optimizer's learning rate, above 0 up to `totalSteps`. @param step counted from 1 */
  rateAt(step: number): number;
}

/** The published schedule: it changes between epochs; counted in steps, between steps. */
export function scheduleOf(
  { method, schedule }: Pick<RunConfig, 'method' | 'schedule'>,
  stepsPerEpoch: number,
): Schedule {
  const { unit, constant, decay, warmUp } = schedule;
  // DRIT's decay begins an epoch later, as it reads its scheduler's counter as it is.
  const epochCount = method === 'drit' ? 0 : 1;
  const spans = { constantEpochs: constant, decayEpochs: decay };
  const falling = isEgsde({ method }) ? annealedRate(spans) : linearRate({ ...spans, epochCount });
  const rate = withWarmUp(warmUp, falling);
  const stepsPerUnit = unit === 'epochs' ? stepsPerEpoch : 1;
  return {
    totalSteps: (constant + decay) * stepsPerUnit,
    epochOf: (step) => Math.ceil(step / stepsPerEpoch),
    rateAt: (step) => rate(Math.ceil(step / stepsPerUnit)),
  };
}
