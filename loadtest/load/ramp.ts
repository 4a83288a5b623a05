import type { Objective } from './options.ts';
import type { LoadFigures } from './recorder.ts';

/** The load at one rate. */
export interface RampStep {
  readonly rate: number;
  readonly holds: boolean;
  readonly figures: LoadFigures;
}

export interface RampResult {
  readonly steps: readonly RampStep[];
  /** The highest rate at which the objective held; undefined when it did not even at the lowest. */
  readonly highestRate: number | undefined;
}

/** Each rate is higher than the last by this factor, until one is too high. */
const growth = 1.5;
/** Times that the stretch between the highest good and the lowest bad rate is halved. */
const halvings = 3;

/** Whether a load kept the promise; one without any answer did not. */
export function objectiveHolds({ answered, failures, latency }: LoadFigures, objective: Objective): boolean {
  return answered > 0 && failures <= objective.failures && latency.p99 <= objective.p99Milliseconds;
}

/**
 * Finds the highest rate that the service holds: rising rates until the objective breaks, then between.
 * @param load sends that many requests a second; undefined when no more may be sent
 */
export async function ramp(
  { from, to }: { readonly from: number; readonly to: number },
  objective: Objective,
  load: (rate: number) => Promise<LoadFigures | undefined>,
): Promise<RampResult> {
  const steps: RampStep[] = [];
  const bounds: { good?: number; bad?: number } = {};
  const attempt = async (rate: number): Promise<boolean> => {
    const figures = await load(rate);
    if (figures === undefined) return false;
    const holds = objectiveHolds(figures, objective);
    steps.push({ rate, holds, figures });
    bounds[holds ? 'good' : 'bad'] = rate;
    return true;
  };
  for (let rate = from; await attempt(rate); rate = Math.min(to, rate * growth)) {
    if (bounds.bad !== undefined || rate >= to) break;
  }
  for (let time = 0; time < halvings; time++) {
    const { good, bad } = bounds;
    if (good === undefined || bad === undefined || !(await attempt((good + bad) / 2))) break;
  }
  return { steps, highestRate: bounds.good };
}
