import type { Random } from '../src/core/random.ts';

export const arrivalProcesses = ['poisson', 'uniform'] as const;

/** How requests follow each other: independently of each other, as those of many users, or evenly. */
export type ArrivalProcess = (typeof arrivalProcesses)[number];

/** Requests a second over time; in a stretch it is constant. */
export interface RateStretch {
  readonly seconds: number;
  readonly requestsPerSecond: number;
}

/**
 * Times in seconds at which requests arrive, ascending. A stretch of a given rate passes as many units of work as
 * rate times seconds, and arrivals are 1 unit apart, or exponentially distributed with mean 1: a Poisson process with
 * that rate (time change; Cinlar 1975).
 */
export function* arrivalTimes(
  stretches: Iterable<RateStretch>,
  process: ArrivalProcess,
  random: Random,
): Generator<number> {
  const gap = () => (process === 'uniform' ? 1 : -Math.log(1 - random.uniform()));
  // Evenly spaced arrivals begin at once.
  let units = process === 'uniform' ? 0 : gap();
  let begin = 0;
  for (const { seconds, requestsPerSecond } of stretches) {
    const length = seconds * requestsPerSecond;
    // A tolerance, so that sums of many gaps do not add or lose a last arrival.
    for (; units < length - 1e-9; units += gap()) yield begin + units / requestsPerSecond;
    units -= length;
    begin += seconds;
  }
}
