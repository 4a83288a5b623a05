import type { Tensor } from '../core/tensor.ts';
import { batchKey, itemCount, joinFeeds, splitOutputs } from './batcher.ts';
import { DrainRate } from './drain-rate.ts';
import { ClientLeftError, OverloadedError, StoppingError } from './errors.ts';
import type { LaneRun, Lanes } from './lanes.ts';
import type { Work, WorkResult } from './work.ts';
import { type QueuedWork, WorkQueue } from './work-queue.ts';

export interface SchedulerOptions {
  /** Most items that may be admitted and not running. */
  readonly queueLimit: number;
  /** Most items of one run. */
  readonly maxBatch: number;
  /** Milliseconds an item may wait for others to share its run. */
  readonly maxBatchDelay: number;
  /** Runs that a lane is given beyond the one it computes, so that it never waits for the next. */
  readonly prefetch: number;
}

/** A place in the house, taken before any work is done for a request and given back when it is answered. */
export interface Permit {
  readonly items: number;
  /** Gives the place back; a second call does nothing. */
  release(): void;
}

/** What happens inside, for metrics. */
export interface SchedulerObserver {
  batchDone(batch: { network: string; items: number; failed: boolean }): void;
  /** Items left the queue because their client had gone. */
  dropped(items: number): void;
}

interface Batch {
  readonly entries: readonly QueuedWork[];
  readonly feeds: Record<string, Tensor>;
}

/**
 * Decides who runs when. Requests take a place first (admission, counted in items), then queue each run they
 * need; items of equal batch key share a run. The lanes get as many batches as they can take at once, and the next
 * one is put together while they are busy.
 */
export class Scheduler {
  readonly #lanes: Pick<Lanes, 'run' | 'lanes'>;
  readonly #options: SchedulerOptions;
  readonly #observer: SchedulerObserver;
  readonly #drainRate = new DrainRate();
  readonly #queue: WorkQueue;
  #staged: Batch | undefined;
  #delayTimer: NodeJS.Timeout | undefined;
  #admitted = 0;
  #running = 0;
  #batches = 0;
  #stopping = false;

  constructor(lanes: Pick<Lanes, 'run' | 'lanes'>, options: SchedulerOptions, observer: SchedulerObserver) {
    this.#lanes = lanes;
    this.#options = options;
    this.#observer = observer;
    this.#queue = new WorkQueue(options.maxBatchDelay);
  }

  /** Items admitted and not yet answered. */
  get admittedItems(): number {
    return this.#admitted;
  }

  /** Items in the queue for a lane. */
  get queuedItems(): number {
    return this.#queue.items + (this.#staged === undefined ? 0 : countItems(this.#staged.entries));
  }

  /** Seconds that the oldest item has been in the queue; 0 when it is empty. */
  get oldestSeconds(): number {
    const since = this.#staged?.entries[0]?.since ?? this.#queue.oldestSince;
    return since === undefined ? 0 : (performance.now() - since) / 1000;
  }

  /** Whole seconds after which the work admitted now is done, from the measured rate. */
  get retryAfterSeconds(): number {
    return this.#drainRate.secondsFor(this.#admitted, this.#lanes.lanes.length);
  }

  /**
   * Takes places for a request.
   * @throws OverloadedError when the queue is full, StoppingError after {@link stop}
   */
  admit(items: number): Permit {
    if (this.#stopping) throw new StoppingError(this.retryAfterSeconds);
    const waiting = this.#admitted - this.#running;
    if (waiting + items > this.#options.queueLimit) {
      throw new OverloadedError(waiting, this.#options.queueLimit, this.retryAfterSeconds);
    }
    this.#admitted += items;
    let held = true;
    const release = () => {
      if (held) this.#admitted -= items;
      held = false;
    };
    return { items, release };
  }

  /** From now on nothing is admitted; what was admitted is served. */
  stop(): void {
    this.#stopping = true;
  }

  /**
   * Queues a run and waits for its result.
   * @throws ClientLeftError when the signal fires before the run was handed to a lane
   */
  run(work: Work): Promise<WorkResult> {
    if (work.signal.aborted) return Promise.reject(new ClientLeftError());
    return new Promise((resolve, reject) => {
      const drop = () => this.#drop(entry);
      const settled = () => work.signal.removeEventListener('abort', drop);
      const entry: QueuedWork = {
        work,
        key: batchKey(work.network, work.feeds),
        items: itemCount(work.feeds),
        limit: Math.min(work.maxBatch, this.#options.maxBatch),
        since: performance.now(),
        resolve: (result) => resolve(result),
        reject: (reason) => reject(reason),
        settled,
      };
      work.signal.addEventListener('abort', drop, { once: true });
      this.#queue.push(entry);
      this.#pump();
    });
  }

  /** The client of a queued entry has left: it must not cost a run. */
  #drop(entry: QueuedWork): void {
    this.#unstage(entry);
    if (!this.#queue.remove(entry)) return;
    this.#observer.dropped(entry.items);
    entry.reject(new ClientLeftError());
    this.#pump();
  }

  #unstage(entry: QueuedWork): void {
    if (!this.#staged?.entries.includes(entry)) return;
    this.#queue.putBack(this.#staged.entries);
    this.#staged = undefined;
  }

  /** Hands out batches while the lanes have room, then puts the next one together. */
  #pump(): void {
    while (this.#batches < this.#lanes.lanes.length * (1 + this.#options.prefetch)) {
      const batch = this.#staged ?? this.#assemble(this.#queue.takeDue(performance.now()));
      this.#staged = undefined;
      if (batch === undefined) {
        this.#wakeLater();
        return;
      }
      void this.#dispatch(batch);
    }
    this.#staged ??= this.#assemble(this.#queue.takeFull());
  }

  #assemble(entries: readonly QueuedWork[]): Batch | undefined {
    if (entries.length === 0) return undefined;
    return { entries, feeds: joinFeeds(entries.map((entry) => entry.work.feeds)) };
  }

  /** There is room, but every batch may still wait for company: look again when the first has waited enough. */
  #wakeLater(): void {
    clearTimeout(this.#delayTimer);
    const dueAt = this.#queue.nextDueAt;
    if (dueAt === undefined) return;
    this.#delayTimer = setTimeout(() => this.#pump(), Math.max(0, Math.ceil(dueAt - performance.now())));
  }

  async #dispatch(batch: Batch): Promise<void> {
    const { network } = (batch.entries[0] as QueuedWork).work;
    const items = countItems(batch.entries);
    for (const entry of batch.entries) entry.settled();
    this.#batches++;
    this.#running += items;
    const run = await this.#lanes.run(network, batch.feeds).then(
      (value) => ({ value }),
      (reason: unknown) => ({ reason }),
    );
    this.#batches--;
    this.#running -= items;
    // The lane gets its next batch before this one's results are looked at.
    this.#pump();
    this.#observer.batchDone({ network, items, failed: 'reason' in run });
    try {
      if ('reason' in run) throw run.reason;
      this.#drainRate.record(items, run.value.laneMilliseconds);
      this.#deliver(batch.entries, run.value);
    } catch (reason) {
      this.#fail(batch.entries, reason);
    }
  }

  #deliver(entries: readonly QueuedWork[], { outputs, laneMilliseconds }: LaneRun): void {
    const counts = entries.map((entry) => entry.items);
    const parts = splitOutputs(outputs, counts);
    const now = performance.now();
    entries.forEach((entry, index) => {
      entry.resolve({
        outputs: parts[index] as Record<string, Tensor>,
        queueMilliseconds: Math.max(0, now - entry.since - laneMilliseconds),
        runMilliseconds: laneMilliseconds,
        batchItems: countItems(entries),
      });
    });
  }

  /**
   * A batch failed. Alone, its entry fails; of several, each is run by itself, so that one poisonous picture
   * does not take the others along.
   */
  #fail(entries: readonly QueuedWork[], reason: unknown): void {
    const waiting = entries.filter(({ work }) => entries.length > 1 && !work.signal.aborted);
    for (const entry of entries) {
      if (!waiting.includes(entry)) entry.reject(entry.work.signal.aborted ? new ClientLeftError() : reason);
    }
    this.#queue.putBack(waiting.map((entry) => ({ ...entry, limit: 1 })));
    this.#pump();
  }
}

function countItems(entries: readonly QueuedWork[]): number {
  return entries.reduce((sum, entry) => sum + entry.items, 0);
}
