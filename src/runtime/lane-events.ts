import type { ActiveProvider } from './providers.ts';

/** What happens to the lanes of a pool, for logs and metrics. */
export type LaneEvent =
  | {
      /** A process is up: for the first time, or in place of one that died. */
      readonly type: 'started' | 'restarted';
      readonly lane: number;
      readonly pid: number | undefined;
      readonly provider: ActiveProvider;
      /** Why nothing faster runs, when `auto` was asked for. Worth a warning. */
      readonly note: string | undefined;
    }
  | {
      /** A process took the place of one that had grown over its memory ceiling, and that now ends. */
      readonly type: 'recycled';
      readonly lane: number;
      readonly pid: number | undefined;
      readonly residentBytes: number;
    }
  | { readonly type: 'recycling-failed'; readonly lane: number; readonly reason: string }
  | {
      /** A process ended, or did not come up, unasked. */
      readonly type: 'died';
      readonly lane: number;
      readonly pid: number | undefined;
      readonly reason: string;
      readonly restartInMilliseconds: number;
    }
  | { readonly type: 'loaded'; readonly lane: number; readonly key: string; readonly milliseconds: number }
  | { readonly type: 'load-failed'; readonly lane: number; readonly key: string; readonly reason: string };

/** A process died, was killed since a run took too long, or had grown over its memory ceiling. */
export type RestartReason = 'died' | 'hung' | 'memory';

export type LaneState = 'starting' | 'idle' | 'busy' | 'dead';

export interface LaneStatus {
  readonly index: number;
  readonly pid: number | undefined;
  /** `dead` while a replacement is being waited for. */
  readonly state: LaneState;
  readonly restarts: number;
  /** The same by what made each necessary. */
  readonly restartReasons: Readonly<Record<RestartReason, number>>;
  /** Time with runs at hand, since the pool was started. */
  readonly busySeconds: number;
  /** Resident memory after the last run; undefined before the first. */
  readonly residentBytes: number | undefined;
  /** What its caches of sequences take of that. */
  readonly cacheBytes: number;
  /** What really runs; undefined until the first process is up. */
  readonly provider: ActiveProvider | undefined;
}
