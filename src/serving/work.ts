import type { NamedTensors } from './batcher.ts';

/** A run that a request needs: one of a feed-forward network, or one step of a sampling loop. */
export interface Work {
  /** Key under which the lanes loaded the network. */
  readonly network: string;
  /** Inputs; the first dimension of each counts the items. */
  readonly feeds: NamedTensors;
  /** Most items the network takes in one run. */
  readonly maxBatch: number;
  /** Fires when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

export interface WorkResult {
  readonly outputs: NamedTensors;
  /** From being queued to the answer, less the time inside the lane: waiting, and the way there and back. */
  readonly queueMilliseconds: number;
  /** Inside the lane. */
  readonly runMilliseconds: number;
  /** Items that shared the run. */
  readonly batchItems: number;
}
