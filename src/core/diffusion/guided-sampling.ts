import { InternalError } from '../errors.ts';
import { Random } from '../random.ts';
import type { Tensor } from '../tensor.ts';
import { BrownianPath } from './brownian-path.ts';
import type { NoiseSchedule } from './noise-schedule.ts';
import type { PlannedStep, SamplingPlan } from './sampling-plan.ts';

/** Where a sampling's random numbers come from; every one is asked for once in a run. */
export interface SamplingNoise {
  /** What the source is noised with, which stays through a repeat. */
  start(repeat: number): Float32Array;
  /** What an ancestral step adds. */
  step(repeat: number, from: number, to: number): Float32Array;
}

/**
 * The noise that a seed has for an output at a place: the same whatever else is sampled, in whatever batch, and for every
 * number of steps that of one path.
 * @param length numbers in a picture
 */
export function seededNoise(
  { alphaBar }: NoiseSchedule,
  { seed, place, length }: { readonly seed: number; readonly place: number; readonly length: number },
): SamplingNoise {
  let path: { repeat: number; values: BrownianPath } | undefined;
  return {
    start: (repeat) => Random.of(seed, 'start noise', place, repeat).normals(length),
    step(repeat, from, to) {
      if (path?.repeat !== repeat) {
        path = { repeat, values: new BrownianPath(alphaBar, length, [seed, 'step noise', place, repeat]) };
      }
      return path.values.noise(from, to);
    },
  };
}

/** What the network of a step is asked, for one sample; planes are [C, H, W], row by row. */
export interface GuidedStep extends PlannedStep {
  /** Counted over all repeats. */
  readonly index: number;
  readonly state: Float32Array;
  readonly startNoise: Float32Array;
  /** Zeros where the step adds none. */
  readonly stepNoise: Float32Array;
  /** Zeros in the first step of a repeat. */
  readonly previousClean: Float32Array;
}

/** A step whose state is only known when those before it are taken. */
export type LaterStep = Pick<GuidedStep, 'time' | 'transition' | 'stepNoise'>;

/** What it answers. */
export interface GuidedStepResult {
  readonly state: Float32Array;
  readonly clean: Float32Array;
}

/**
 * Goes through a plan for one output. It holds no network and does not wait: `step` says what to compute, `take` takes
 * what was computed, so that whoever schedules can run steps of several outputs together, whatever their times, and may
 * run a step again that was lost.
 */
export class GuidedSampling {
  readonly total: number;
  private readonly plan: SamplingPlan;
  private readonly noise: SamplingNoise;
  private readonly nothing: Float32Array;
  private taken = 0;
  private pending: GuidedStep | undefined;
  /** What the next repeat starts from. */
  private base: Float32Array;
  private state: Float32Array;
  private startNoise: Float32Array;
  private previousClean: Float32Array;

  /** @param source [C, H, W] in [-1, 1]; see `planesOf` */
  constructor(plan: SamplingPlan, source: Float32Array, noise: SamplingNoise) {
    this.plan = plan;
    this.noise = noise;
    this.total = plan.steps.length * plan.repeats;
    this.base = source;
    this.nothing = new Float32Array(source.length);
    [this.state, this.startNoise, this.previousClean] = [this.nothing, this.nothing, this.nothing];
  }

  /** Steps taken, those of earlier repeats included. */
  get done(): number {
    return this.taken;
  }

  /** The next step; undefined after the last. The same until `take`. */
  get step(): GuidedStep | undefined {
    if (this.taken === this.total) return undefined;
    this.pending ??= this.next();
    return this.pending;
  }

  /** What follows `step` in the same repeat, at most so many: for networks that run several steps at once. */
  following(most: number): LaterStep[] {
    const { length } = this.plan.steps;
    const next = (this.taken % length) + 1;
    const repeat = Math.floor(this.taken / length);
    const planned = this.plan.steps.slice(next, next + most);
    return planned.map((step) => ({ ...step, stepNoise: this.noiseOf(repeat, step) }));
  }

  /** Takes what was computed for `step`. @param steps that were run, with those that follow it */
  take({ state, clean }: GuidedStepResult, steps = 1): void {
    if (this.taken + steps > this.total) {
      throw new InternalError(
        `${steps} steps were taken of a sampling that has ${this.total - this.taken} left`,
      );
    }
    this.pending = undefined;
    [this.state, this.previousClean] = [state, clean];
    this.taken += steps;
    if (this.taken % this.plan.steps.length === 0) this.base = state;
  }

  private next(): GuidedStep {
    const { steps } = this.plan;
    const repeat = Math.floor(this.taken / steps.length);
    const planned = steps[this.taken % steps.length] as PlannedStep;
    if (this.taken % steps.length === 0) this.start(repeat, planned);
    const { state, startNoise, previousClean } = this;
    const stepNoise = this.noiseOf(repeat, planned);
    return { ...planned, index: this.taken, state, startNoise, stepNoise, previousClean };
  }

  private noiseOf(repeat: number, { time, nextTime, transition }: PlannedStep): Float32Array {
    if (nextTime === undefined || transition.ofNoise === 0) return this.nothing;
    return this.noise.step(repeat, time, nextTime);
  }

  /** Noises the source, or the result of the repeat before. */
  private start(repeat: number, { transition: { signal, deviation } }: PlannedStep): void {
    this.startNoise = this.noise.start(repeat);
    this.state = this.base.map(
      (value, index) => signal * value + deviation * (this.startNoise[index] as number),
    );
    this.previousClean = this.nothing;
  }
}

/** A picture as networks take it: bytes [1, H, W, C] to [C, H, W] in [-1, 1]. */
export function planesOf({ data, dims }: Tensor<'uint8'>): Float32Array {
  const channels = dims[3] as number;
  const pixels = data.length / channels;
  return Float32Array.from({ length: data.length }, (_, index) => {
    const [channel, pixel] = [Math.floor(index / pixels), index % pixels];
    return (data[pixel * channels + channel] as number) / 127.5 - 1;
  });
}
