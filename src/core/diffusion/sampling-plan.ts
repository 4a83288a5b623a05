import { InvalidArgumentError } from '../errors.ts';
import type { NoiseSchedule } from './noise-schedule.ts';
import { keptTimes } from './respacing.ts';
import { type Solver, type StepVariance, type Transition, transitionOf } from './transition.ts';

export interface SamplingOptions {
  /** Initial time M over T, in (0, 1]: how far the source is noised; more is less faithful and more realistic. */
  readonly strength: number;
  /** Times to stop at, 1 to M. Default: M, every time. */
  readonly steps?: number;
  /** Default `ancestral`, as published. */
  readonly solver?: Solver;
  /** How often the whole process runs, each time from the result before (`sample_step`). Default 1. */
  readonly repeats?: number;
  /** Of ancestral steps. Default `fixedsmall`. */
  readonly variance?: StepVariance;
}

export interface PlannedStep {
  readonly time: number;
  /** The time that the step leads to; undefined for the clean picture. */
  readonly nextTime: number | undefined;
  readonly transition: Transition;
}

/** One run of a guided reverse process: its steps in order, all of which every repeat goes through. */
export interface SamplingPlan {
  readonly steps: readonly PlannedStep[];
  readonly repeats: number;
}

/**
 * Plans EGSDE's sampling (Zhao et al. 2022, algorithm 1) on a schedule. With ancestral steps at every time it is the
 * published one. Fewer are spread evenly over the times, as guided diffusion's respacing has them; those of the second
 * order evenly over the logarithm of the signal to noise ratio, as Lu et al. (2022) advise.
 * @throws InvalidArgumentError naming the option that is out of range
 */
export function samplingPlan({ alphaBar }: NoiseSchedule, options: SamplingOptions): SamplingPlan {
  const { strength, solver = 'ancestral', repeats = 1, variance = 'fixedsmall' } = options;
  if (!(strength > 0 && strength <= 1)) refuse('strength', 'above 0 and at most 1', strength);
  const initial = Math.max(1, Math.round(strength * alphaBar.length));
  const { steps = initial } = options;
  if (!isCount(steps, initial)) {
    refuse('steps', `an integer from 1 to ${initial}, the times of this strength`, steps);
  }
  if (!isCount(repeats, Number.POSITIVE_INFINITY)) refuse('repeats', 'an integer of 1 or more', repeats);
  const before = alphaBar.subarray(0, initial);
  const times = solver === 'second-order' ? evenlyByRatio(before, steps) : evenlyByTime(initial, steps);
  return { steps: planned(times, alphaBar, solver, variance), repeats };
}

function planned(
  times: readonly number[],
  alphaBar: Float64Array,
  solver: Solver,
  variance: StepVariance,
): PlannedStep[] {
  const at = (index: number) => alphaBar[times[index] as number] as number;
  return times.map((time, index) => {
    const nextTime = times[index + 1];
    const interval = { from: at(index), to: nextTime === undefined ? 1 : at(index + 1) };
    const known = index === 0 ? interval : { ...interval, before: at(index - 1) };
    return { time, nextTime, transition: transitionOf(solver, known, variance) };
  });
}

/** Times in descending order, the first and the last included. */
function evenlyByTime(initial: number, steps: number): number[] {
  return steps === 1 ? [initial - 1] : keptTimes(initial, [steps]).reverse();
}

/** The same, but each as near as it can be to its even share of the ratio's logarithm; no time twice. */
function evenlyByRatio(alphaBar: Float64Array, steps: number): number[] {
  const ratio = alphaBar.map((kept) => Math.log(kept / (1 - kept)));
  const [first, last] = [ratio.at(-1) as number, ratio[0] as number];
  const times: number[] = [];
  for (let step = 0; step < steps; step++) {
    const wanted = first + ((last - first) * step) / Math.max(1, steps - 1);
    const highest = (times.at(-1) ?? alphaBar.length) - 1;
    // As many times have to be left as there are steps to come; the first is where the process starts.
    const lowest = step === 0 ? highest : steps - 1 - step;
    times.push(nearest(ratio, wanted, lowest, highest));
  }
  return times;
}

/** Index in [lowest, highest] whose value is nearest. */
function nearest(values: Float64Array, wanted: number, lowest: number, highest: number): number {
  let best = highest;
  for (let index = highest - 1; index >= lowest; index--) {
    const distance = (at: number) => Math.abs((values[at] as number) - wanted);
    if (distance(index) < distance(best)) best = index;
  }
  return best;
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}

function refuse(name: string, expected: string, value: number): never {
  throw new InvalidArgumentError(`${name} must be ${expected}, got ${value}`);
}
