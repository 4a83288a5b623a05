import { batchKey, itemCount } from './batcher.ts';
import { priorities, type Work, type WorkResult } from './work.ts';

/** Why an entry leaves the queue before it cost a run. */
export type DropReason = 'client_left' | 'expired';

export interface QueuedWorkOptions {
  /** Most items of one run, whatever the network takes. */
  readonly maxBatch: number;
  /** The same for steps of sequences. Default: `maxBatch`. */
  readonly maxStepBatch?: number;
  /** Milliseconds of waiting that outweigh one level of priority. */
  readonly priorityStep: number;
}

/** One run that waits for a lane, and the promise of its result. */
export class QueuedWork {
  readonly work: Work;
  /** The lane of its sequence or loop, with the others of which it shares runs; undefined: any will do. */
  readonly lane: number | undefined;
  /** Entries of equal key may share a run. */
  readonly key: string;
  readonly items: number;
  /** When it was queued, on the clock of performance.now(). */
  readonly since: number;
  /** Its place in the queue, lowest first: see {@link rankOf}. */
  readonly rank: number;
  readonly result: Promise<WorkResult>;
  /** Lanes that died at work on it. */
  losses = 0;
  #resolve: (result: WorkResult) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #limit: number;
  #unwatch = () => {};

  /** @param lane of a step, in a sequence or a loop */
  constructor(work: Work, options: QueuedWorkOptions, lane?: number) {
    const { maxBatch, maxStepBatch = maxBatch, priorityStep } = options;
    this.work = work;
    this.lane = lane;
    const key = batchKey(work.network, work.feeds);
    this.key = lane === undefined ? key : `${key}|lane ${lane}`;
    this.items = itemCount(work.feeds);
    this.since = performance.now();
    // Steps have turns of their own: among them, the one that has waited longest is first.
    const arrived = lane === undefined ? work.requestedAt : undefined;
    this.rank = rankOf(work.priority, arrived ?? this.since, priorityStep);
    this.#limit = Math.min(work.maxBatch, work.step === undefined ? maxBatch : maxStepBatch);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Most items of a run that this entry takes part in; 1: it runs alone. */
  get limit(): number {
    return this.#limit;
  }

  /** From now on it shares no run. */
  separate(): void {
    this.#limit = 1;
  }

  /** Calls back when its client leaves or its deadline passes; once, and not after {@link unwatch}. */
  watch(dropped: (reason: DropReason) => void): void {
    const { signal, deadline } = this.work;
    const leave = () => dropped('client_left');
    const remaining = Math.max(0, deadline - performance.now());
    const timer = Number.isFinite(remaining) ? setTimeout(() => dropped('expired'), remaining) : undefined;
    signal.addEventListener('abort', leave, { once: true });
    this.#unwatch = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    };
  }

  unwatch(): void {
    this.#unwatch();
  }

  resolve(result: WorkResult): void {
    this.#resolve(result);
  }

  reject(reason: unknown): void {
    this.unwatch();
    this.#reject(reason);
  }
}

/**
 * The queue is in the order of arrival, and each level of priority counts as having arrived `priorityStep`
 * earlier. So an urgent entry overtakes, and one that has waited that much longer cannot be overtaken any more: nothing
 * starves, and no rank ever changes.
 * @param since when it, or an earlier run of its request, was queued, in milliseconds
 */
export function rankOf(priority: Work['priority'], since: number, priorityStep: number): number {
  return since - priorities.indexOf(priority) * priorityStep;
}
