import type { Tensor } from '../../core/tensor.ts';
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
  closed = false;
  #gates: (() => void)[] | undefined;

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
      provider: 'cpu',
    }));
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

  async run(key: string, feeds: Record<string, Tensor>, lossLimit?: number): Promise<LaneRun> {
    this.runs.push(feeds);
    this.lossLimits.push(lossLimit);
    const start = performance.now();
    if (this.#gates) await new Promise<void>((resolve) => this.#gates?.push(resolve));
    const { milliseconds = 0, network = invert } = this.#options;
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return { outputs: await network(feeds, key), laneMilliseconds: performance.now() - start };
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
