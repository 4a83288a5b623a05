import type { Tensor } from '../core/tensor.ts';
import type { RunOptions } from '../runtime/index.ts';

/** A process died, was killed since a run took too long, or had grown over its memory ceiling. */
export type RestartReason = 'died' | 'hung' | 'memory';

/** State of one lane, as the pool tells it. */
export interface LaneState {
  readonly index: number;
  readonly pid: number | undefined;
  readonly state: 'starting' | 'idle' | 'busy' | 'dead';
  readonly restarts: number;
  /** The same by what made each necessary. */
  readonly restartReasons: Readonly<Record<RestartReason, number>>;
  /** Time with work at hand, since the service started. */
  readonly busySeconds: number;
  /** Resident memory after its last run; undefined before the first. */
  readonly residentBytes: number | undefined;
  /** What its caches of sequences take of that. */
  readonly cacheBytes: number;
  /** What really runs; undefined until the lane has found out. */
  readonly provider: string | undefined;
}

export interface LaneRun {
  readonly outputs: Record<string, Tensor>;
  /** Items that were not run, since the lane does not keep their sequences. */
  readonly missing: readonly number[];
  /** Index of the lane that did it. */
  readonly lane: number;
  /** Time inside the lane, without the way there and back. */
  readonly laneMilliseconds: number;
}

/** What serving needs of the pool of lanes; the tests hand over one without processes. */
export interface Lanes {
  /** @param sha256 what the file must hash to whenever a lane opens it */
  load(
    key: string,
    modelPath: string,
    sha256?: string,
  ): Promise<{ inputNames: readonly string[]; outputNames: readonly string[] }>;
  unload(key: string): Promise<void>;
  /** A run that loses as many lanes as it may is given up with LANE_DIED. */
  run(key: string, feeds: Record<string, Tensor>, options?: RunOptions): Promise<LaneRun>;
  /** Frees what lanes keep of a sequence. */
  forget(sequence: string): void;
  /** Runs a model once on every lane that has it open, ahead of what waits: the first run of a shape is slow. */
  warmUp(key: string, feeds: Record<string, Tensor>): Promise<void>;
  readonly lanes: readonly LaneState[];
  close(): Promise<void>;
}
