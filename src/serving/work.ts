import type { SequenceStep } from '../runtime/index.ts';
import type { NamedTensors } from './batcher.ts';

/** From least to most urgent. */
export const priorities = ['low', 'normal', 'high'] as const;

export type Priority = (typeof priorities)[number];

/** How long a request can wait, and before which others it comes. */
export interface Urgency {
  readonly priority: Priority;
  /** Until when each of its runs must have been handed to a lane, on the clock of performance.now(). */
  readonly deadline: number;
}

/** Neither before nor behind others, and for as long as it takes. */
export const unhurried: Urgency = { priority: 'normal', deadline: Number.POSITIVE_INFINITY };

/** Hears what becomes of a run in the queue. */
export interface WorkWatcher {
  /** It is in the queue; `position` counts the items up to its own, from 1, at any time until it has started. */
  queued(position: () => number): void;
  /** A lane has it: it costs a run. */
  started(): void;
}

/** A run that a request needs: one of a feed-forward network, or one step of a sampling loop. */
export interface Work extends Urgency {
  /** Key under which the lanes loaded the network. */
  readonly network: string;
  /** Inputs; the first dimension of each counts the items. */
  readonly feeds: NamedTensors;
  /** Most items the network takes in one run. */
  readonly maxBatch: number;
  /** What its one item goes on from, when that is a sequence whose keys and values a lane keeps. */
  readonly step?: SequenceStep | undefined;
  /**
   * Names the loop of runs that this one is a step of, when the next is asked for as soon as it has ended and what a step
   * needs is all in its feeds. Steps of different loops then share runs at every step, whenever each began: without the
   * name, those that a lane has been given while others ran would go on in a batch of their own.
   */
  readonly loop?: string | undefined;
  /** When its request was queued first, on the clock of performance.now(). Default: now. */
  readonly requestedAt?: number | undefined;
  /** Fires when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  readonly watcher?: WorkWatcher | undefined;
}

export interface WorkResult {
  readonly outputs: NamedTensors;
  /** The lane does not have the sequence that the step goes on from: it was not made, and there are no outputs. */
  readonly missing: boolean;
  /** From being queued to the answer, less the time inside the lane: waiting, and the way there and back. */
  readonly queueMilliseconds: number;
  /** Inside the lane. */
  readonly runMilliseconds: number;
  /** Items that shared the run. */
  readonly batchItems: number;
}
