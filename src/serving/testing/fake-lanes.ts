import type { Tensor } from '../../core/tensor.ts';
import type { RunOptions, SequenceStep } from '../../runtime/index.ts';
import type { LaneRun, LaneState, Lanes } from '../lanes.ts';

export interface FakeLanesOptions {
  /** Default 1. */
  readonly lanes?: number;
  /** What a network makes of its inputs. Default: the picture inverted. */
  readonly network?: (
    feeds: Record<string, Tensor>,
    key: string,
  ) => Record<string, Tensor> | Promise<Record<string, Tensor>>;
  /** Keys that cannot be opened, with the reason. */
  readonly broken?: Readonly<Record<string, string>>;
  /** Milliseconds that a run takes. Default 0. */
  readonly milliseconds?: number;
}

/** Lanes without processes: opens anything, runs a function, remembers what it was asked. */
export class FakeLanes implements Lanes {
  readonly #options: FakeLanesOptions;
  readonly lanes: LaneState[];
  readonly opened = new Set<string>();
  /** Feeds of each run, in order. */
  readonly runs: Record<string, Tensor>[] = [];
  /** Lanes that each run was allowed to lose; undefined: the pool's own limit. */
  readonly lossLimits: (number | undefined)[] = [];
  /** Lane of each run, where it was told one. */
  readonly runLanes: (number | undefined)[] = [];
  /** What each lane keeps: how many tokens of each sequence. */
  readonly kept: readonly Map<string, number>[];
  closed = false;
  #gates: (() => void)[] | undefined;
  /** The last run that each lane was told to do: it does one at a time. */
  readonly #last = new Map<number, Promise<void>>();

  constructor(options: FakeLanesOptions = {}) {
    this.#options = options;
    this.lanes = Array.from({ length: options.lanes ?? 1 }, (_, index) => ({
      index,
      pid: 1000 + index,
      state: 'idle',
      restarts: 0,
      restartReasons: { died: 0, hung: 0, memory: 0 },
      busySeconds: 0,
      residentBytes: undefined,
      cacheBytes: 0,
      provider: 'cpu',
    }));
    this.kept = this.lanes.map(() => new Map());
  }

  async load(key: string): Promise<{ inputNames: string[]; outputNames: string[] }> {
    const reason = this.#options.broken?.[key];
    if (reason !== undefined) throw new Error(reason);
    this.opened.add(key);
    return { inputNames: ['input'], outputNames: ['output'] };
  }

  async unload(key: string): Promise<void> {
    this.opened.delete(key);
  }

  /** From now on each run waits for {@link release}. */
  hold(): void {
    this.#gates = [];
  }

  /** Lets all runs that wait go on, and those to come. */
  release(): void {
    const gates = this.#gates ?? [];
    this.#gates = undefined;
    for (const open of gates) open();
  }

  run(key: string, feeds: Record<string, Tensor>, options: RunOptions = {}): Promise<LaneRun> {
    const { lane, lossLimit, steps = [] } = options;
    this.runs.push(feeds);
    this.lossLimits.push(lossLimit);
    this.runLanes.push(lane);
    if (lane === undefined) return this.#perform(key, feeds, 0, steps);
    const before = this.#last.get(lane);
    const perform = () => this.#perform(key, feeds, lane, steps);
    const result = before === undefined ? perform() : before.then(perform);
    const over = () => {
      if (this.#last.get(lane) === last) this.#last.delete(lane);
    };
    const last: Promise<void> = result.then(over, over);
    this.#last.set(lane, last);
    return result;
  }

  forget(sequence: string): void {
    for (const sequences of this.kept) sequences.delete(sequence);
  }

  async #perform(
    key: string,
    feeds: Record<string, Tensor>,
    lane: number,
    steps: readonly SequenceStep[],
  ): Promise<LaneRun> {
    const start = performance.now();
    if (this.#gates) await new Promise<void>((resolve) => this.#gates?.push(resolve));
    const { milliseconds = 0, network = invert } = this.#options;
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const outputs = await network(feeds, key);
    const missing = this.#advance(lane, steps);
    return { outputs, missing, lane, laneMilliseconds: performance.now() - start };
  }

  /** @returns the steps that the lane cannot make */
  #advance(lane: number, steps: readonly SequenceStep[]): number[] {
    const kept = this.kept[lane] as Map<string, number>;
    return steps.flatMap(({ sequence, position, count }, index) => {
      if (position > (kept.get(sequence) ?? 0)) return [index];
      kept.set(sequence, position + count);
      return [];
    });
  }

  async warmUp(key: string, feeds: Record<string, Tensor>): Promise<void> {
    await Promise.all(this.lanes.map(() => this.run(key, feeds)));
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** 255 - x of uint8, -x of float32. */
export function invert(feeds: Record<string, Tensor>): Record<string, Tensor> {
  const input = feeds.input as Tensor<'uint8'> | Tensor<'float32'>;
  if (input.dtype === 'uint8') return { output: { ...input, data: input.data.map((value) => 255 - value) } };
  return { output: { ...input, data: (input.data as Float32Array).map((value) => -value) } };
}
