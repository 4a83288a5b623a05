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
      /** A process ended, or did not come up, unasked. */
      readonly type: 'died';
      readonly lane: number;
      readonly pid: number | undefined;
      readonly reason: string;
      readonly restartInMilliseconds: number;
    }
  | { readonly type: 'loaded'; readonly lane: number; readonly key: string; readonly milliseconds: number }
  | { readonly type: 'load-failed'; readonly lane: number; readonly key: string; readonly reason: string };

export type LaneState = 'starting' | 'idle' | 'busy' | 'dead';

export interface LaneStatus {
  readonly index: number;
  readonly pid: number | undefined;
  /** `dead` while a replacement is being waited for. */
  readonly state: LaneState;
  readonly restarts: number;
  /** What really runs; undefined until the first process is up. */
  readonly provider: ActiveProvider | undefined;
}
