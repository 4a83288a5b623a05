import { NetworkRuns, type NetworkRunsOptions } from './network-runs.ts';
import type { Scheduler } from './scheduler.ts';

export interface AdmissionOptions extends NetworkRunsOptions {
  readonly scheduler: Scheduler;
}

/**
 * Takes a place in the house for each item of a request before any work is done for it. The places are free again when the
 * work has ended and no lane computes for it any more.
 * @throws OverloadedError, DeadlineExceededError, StoppingError, and what the work throws
 */
export async function admitted<T>(
  items: number,
  options: AdmissionOptions,
  work: (runs: NetworkRuns) => Promise<T>,
): Promise<T> {
  const permit = options.scheduler.admit(items, options.urgency);
  const runs = new NetworkRuns(options);
  try {
    return await work(runs);
  } finally {
    runs.end(() => permit.release());
  }
}
