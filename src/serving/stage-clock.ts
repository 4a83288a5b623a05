/**
 * The stages of a request, in order. `queue` is all the time between being queued and the answer of the lane that was
 * not computing: waiting, and the way to the lane and back. Times of all are in milliseconds.
 */
export const stages = ['decode', 'preprocess', 'queue', 'run', 'postprocess', 'encode'] as const;

export type Stage = (typeof stages)[number];

/** Milliseconds by stage; the one record that headers, metrics and load tests read. */
export type Timings = Readonly<Partial<Record<Stage, number>>>;

/** Collects the time that each stage took. A stage met twice adds up (a sampling loop runs many times). */
export class StageClock {
  readonly #milliseconds: Partial<Record<Stage, number>> = {};

  get timings(): Timings {
    return this.#milliseconds;
  }

  add(stage: Stage, milliseconds: number): void {
    this.#milliseconds[stage] = (this.#milliseconds[stage] ?? 0) + milliseconds;
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
