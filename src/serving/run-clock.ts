import type { StageClock } from './stage-clock.ts';
import type { WorkResult } from './work.ts';

interface Interval {
  readonly start: number;
  readonly end: number;
}

/**
 * Times the runs of a request. Runs that overlap, as those of several outputs do, are one stretch: `run` is the time in which
 * a lane computed for it, `queue` the rest. Added up one by one, eight outputs of one batch would have taken eight times as
 * long as they did.
 */
export class RunClock {
  readonly #clock: StageClock;
  #active = 0;
  #start = 0;
  /** Of the stretch at hand, by their ends. */
  #runs: Interval[] = [];

  constructor(clock: StageClock) {
    this.#clock = clock;
  }

  async time(work: () => Promise<WorkResult>): Promise<WorkResult> {
    if (this.#active === 0) this.#start = performance.now();
    this.#active++;
    try {
      const result = await work();
      const end = performance.now();
      this.#runs.push({ start: end - result.runMilliseconds, end });
      return result;
    } finally {
      this.#active--;
      if (this.#active === 0) this.#record();
    }
  }

  #record(): void {
    const end = this.#runs.at(-1)?.end;
    if (end === undefined) return;
    const run = covered(this.#runs);
    this.#clock.add('queue', Math.max(0, end - this.#start - run), end - run);
    this.#clock.add('run', run, end);
    this.#runs = [];
  }
}

/** Length of what intervals cover together. @param intervals in the order of their ends */
function covered(intervals: readonly Interval[]): number {
  let length = 0;
  let reached = Number.POSITIVE_INFINITY;
  for (const { start, end } of intervals.toReversed()) {
    length += Math.max(0, Math.min(end, reached) - start);
    reached = Math.min(reached, start);
  }
  return length;
}
