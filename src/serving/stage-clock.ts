/**
 * The stages of a request, in order. `queue` is all the time between being queued and the answer of the lane that was
 * not computing: waiting, and the way to the lane and back. Times of all are in milliseconds.
 */
export const stages = ['decode', 'preprocess', 'queue', 'run', 'postprocess', 'encode'] as const;

export type Stage = (typeof stages)[number];

/** Milliseconds by stage; the one record that headers, metrics and load tests read. */
export type Timings = Readonly<Partial<Record<Stage, number>>>;

/** When a stage was on, in milliseconds on the clock of performance.now(). */
export interface StageInterval {
  readonly stage: Stage;
  readonly start: number;
  readonly end: number;
}

/** Collects the time that each stage took. A stage met twice adds up (a sampling loop runs many times). */
export class StageClock {
  readonly #milliseconds: Partial<Record<Stage, number>> = {};
  readonly #onStage: (interval: StageInterval) => void;

  /** @param onStage told of each stage when it is over */
  constructor(onStage: (interval: StageInterval) => void = () => {}) {
    this.#onStage = onStage;
  }

  get timings(): Timings {
    return this.#milliseconds;
  }

  /** @param end when it was over. Default: now */
  add(stage: Stage, milliseconds: number, end = performance.now()): void {
    this.#milliseconds[stage] = (this.#milliseconds[stage] ?? 0) + milliseconds;
    this.#onStage({ stage, start: end - milliseconds, end });
  }

  /** Runs `work` and adds its time to `stage`, also when it fails. */
  async time<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, performance.now() - start);
    }
  }
}

/** The Server-Timing header (W3C Server Timing): `decode;dur=3.1, queue;dur=0.2, ...`, milliseconds. */
export function serverTiming(timings: Timings): string {
  return stages
    .filter((stage) => timings[stage] !== undefined)
    .map((stage) => `${stage};dur=${(timings[stage] as number).toFixed(2)}`)
    .join(', ');
}
