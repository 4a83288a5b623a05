import { UnpairedError } from '../core/errors.ts';
import type { Batch } from './batch.ts';
import { DrainRate, retryAfter } from './drain-rate.ts';
import { ClientLeftError, DeadlineExceededError, OverloadedError, StoppingError } from './errors.ts';
import { KnownPoison } from './known-poison.ts';
import { LaneTurns } from './lane-turns.ts';
import type { LaneRun, Lanes } from './lanes.ts';
import { type DropReason, QueuedWork, rankOf } from './queued-work.ts';
import { StagedQueue } from './staged-queue.ts';
import { StepsUnderWay } from './steps-under-way.ts';
import type { Urgency, Work, WorkResult } from './work.ts';

export interface SchedulerOptions {
  /** Most items that may be admitted and not running. */
  readonly queueLimit: number;
  /** Most items of one run. */
  readonly maxBatch: number;
  /** Most steps of sequences that share a run. Default: `maxBatch`. */
  readonly maxStepBatch?: number;
  /** Milliseconds an item may wait for others to share its run. */
  readonly maxBatchDelay: number;
  /** Milliseconds of waiting that outweigh one level of priority. */
  readonly priorityStep: number;
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
  /** Items were given up before they cost a run. */
  dropped(items: number, reason: DropReason): void;
}

/**
 * Decides who runs when. Requests take a place first (admission, counted in items), then queue each run they
 * need; items of equal batch key share a run. The lanes get as many batches as they can take at once, and the next
 * one is put together while they are busy. What is on a lane is finished and answered, however late.
 * Steps of sequences go to the lane that keeps theirs, in turn with other work: see {@link LaneTurns}. So do those of
 * loops, which any lane could do, since only so do they stay together.
 */
export class Scheduler {
  /** Of sequences and loops. */
  readonly steps: StepsUnderWay;
  readonly #lanes: Pick<Lanes, 'run' | 'lanes' | 'forget'>;
  readonly #options: SchedulerOptions;
  readonly #observer: SchedulerObserver;
  readonly #drainRate = new DrainRate();
  readonly #queue: StagedQueue;
  readonly #poison = new KnownPoison();
  readonly #turns: LaneTurns;
  #delayTimer: NodeJS.Timeout | undefined;
  #admitted = 0;
  #running = 0;
  #stopping = false;

  constructor(
    lanes: Pick<Lanes, 'run' | 'lanes' | 'forget'>,
    options: SchedulerOptions,
    observer: SchedulerObserver,
  ) {
    this.#lanes = lanes;
    this.steps = new StepsUnderWay(lanes);
    this.#turns = new LaneTurns(1 + options.prefetch);
    this.#options = options;
    this.#observer = observer;
    this.#queue = new StagedQueue(options.maxBatchDelay);
  }

  /** Items admitted and not yet answered. */
  get admittedItems(): number {
    return this.#admitted;
  }

  /** Items in the queue for a lane. */
  get queuedItems(): number {
    return this.#queue.items;
  }

  /** Seconds that the oldest item has been in the queue; 0 when it is empty. */
  get oldestSeconds(): number {
    const since = this.#queue.oldestSince;
    return since === undefined ? 0 : (performance.now() - since) / 1000;
  }

  /** Whole seconds after which the work admitted now is done, from the measured rates. */
  get retryAfterSeconds(): number {
    const queued = [...this.queuedByNetwork].map(([network, items]) => ({ network, items }));
    const elsewhere = Math.max(0, this.#admitted - this.queuedItems);
    const work = [...queued, ...this.steps.toCome];
    return retryAfter(this.#drainRate.millisecondsFor(work, this.#lanes.lanes.length, elsewhere));
  }

  /** Items in the queue for a lane, by network; only those that have any. */
  get queuedByNetwork(): ReadonlyMap<string, number> {
    return this.#queue.itemsByNetwork();
  }

  /**
   * Takes places for a request. One whose deadline will have passed before what is queued in front of it is worked
   * off, at the measured rates, is refused at once: it would cost a decoding, and its place, in vain.
   * @throws OverloadedError when the queue is full, DeadlineExceededError, StoppingError after {@link stop}
   */
  admit(items: number, { priority, deadline }: Urgency): Permit {
    if (this.#stopping) throw new StoppingError(this.retryAfterSeconds);
    const waiting = this.#admitted - this.#running;
    if (waiting + items > this.#options.queueLimit) {
      throw new OverloadedError(waiting, this.#options.queueLimit, this.retryAfterSeconds);
    }
    const now = performance.now();
    const rank = rankOf(priority, now, this.#options.priorityStep);
    if (now + this.#expectedWait(rank) >= deadline) throw this.#expire(items);
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
   * @throws ClientLeftError, DeadlineExceededError when the signal fires, or the deadline passes, before the run was
   *   handed to a lane; what the lanes throw, or threw when they died of the same run a little while ago
   */
  async run(work: Work): Promise<WorkResult> {
    const entry = new QueuedWork(work, this.#options, this.steps.laneFor(work));
    if (work.signal.aborted) throw new ClientLeftError();
    if (work.deadline <= entry.since) throw this.#expire(entry.items);
    const lethal = this.#poison.reasonAgainst(entry);
    if (lethal !== undefined) throw lethal;
    this.#enqueue(entry);
    this.#pump();
    return entry.result;
  }

  /** Nothing goes on with a sequence any more: lanes free what they keep of it, after what they are at. */
  forget(sequence: string): void {
    this.steps.end(sequence);
    this.#lanes.forget(sequence);
  }

  /** Milliseconds that the work in front of a rank takes at least: what is on the lanes is not counted. */
  #expectedWait(rank: number): number {
    const work = this.#queue.before(rank).map(({ work, items }) => ({ network: work.network, items }));
    return this.#drainRate.millisecondsFor(work, this.#lanes.lanes.length);
  }

  #expire(items: number): DeadlineExceededError {
    this.#observer.dropped(items, 'expired');
    return new DeadlineExceededError(this.retryAfterSeconds);
  }

  #enqueue(entry: QueuedWork): void {
    entry.watch((reason) => this.#drop(entry, reason));
    this.#queue.insert(entry);
    entry.work.watcher?.queued(() => this.#queue.positionOf(entry));
  }

  /** A queued entry must not cost a run any more. */
  #drop(entry: QueuedWork, reason: DropReason): void {
    if (!this.#queue.remove(entry)) return;
    if (reason === 'expired') entry.reject(this.#expire(entry.items));
    else {
      this.#observer.dropped(entry.items, reason);
      entry.reject(new ClientLeftError());
    }
    this.#pump();
  }

  /** Hands out batches while the lanes have room, then puts the next one together. */
  #pump(): void {
    const lanes = this.#lanes.lanes.length;
    while (this.#turns.withRoom(lanes).some((lane) => this.#handOut(lane)));
    if (this.#turns.withRoom(lanes).length > 0) this.#wakeLater();
    else this.#queue.stage();
  }

  /** @returns false when nothing is due for the lane */
  #handOut(lane: number): boolean {
    const now = performance.now();
    for (const kind of this.#turns.order(lane)) {
      const batch = this.#queue.takeDue(now, kind === 'steps' ? lane : undefined);
      if (batch === undefined) continue;
      void this.#dispatch(batch, lane);
      return true;
    }
    return false;
  }

  /** There is room, but every batch may still wait for company: look again when the first has waited enough. */
  #wakeLater(): void {
    clearTimeout(this.#delayTimer);
    const dueAt = this.#queue.nextDueAt;
    if (dueAt === undefined) return;
    this.#delayTimer = setTimeout(() => this.#pump(), Math.max(0, Math.ceil(dueAt - performance.now())));
  }

  async #dispatch(batch: Batch, lane: number): Promise<void> {
    const { network, items, feeds, steps, lossLimit } = batch;
    const kind = batch.entries[0].lane === undefined ? 'single' : 'steps';
    batch.start();
    this.#turns.begin(lane, kind);
    this.#running += items;
    const run = await this.#lanes.run(network, feeds, { lossLimit, lane, steps }).then(
      (value) => ({ value }),
      (reason: unknown) => ({ reason }),
    );
    this.#turns.end(lane, kind);
    this.#running -= items;
    // The lane gets its next batch before this one's results are looked at.
    this.#pump();
    this.#observer.batchDone({ network, items, failed: 'reason' in run });
    try {
      if ('reason' in run) throw run.reason;
      this.#deliver(batch, run.value);
    } catch (reason) {
      this.#fail(batch.entries, reason);
    }
    if (kind === 'steps') this.#settleSoon(lane);
  }

  #deliver(batch: Batch, run: LaneRun): void {
    const { network, items } = batch;
    const made = items - run.missing.length;
    if (made > 0) this.#drainRate.record({ network, items: made }, run.laneMilliseconds);
    this.steps.made(batch, run);
    batch.deliver(run);
  }

  /** What the results lead to, up to the next steps of their sequences, has happened when the event loop turns. */
  #settleSoon(lane: number): void {
    setImmediate(() => {
      this.#turns.settle(lane);
      this.#pump();
    });
  }

  /**
   * A batch failed. Alone, its entry fails; of several, each is run by itself, so that one poisonous picture does
   * not take the others along. What kills lanes alone is remembered.
   */
  #fail(entries: readonly QueuedWork[], reason: unknown): void {
    for (const entry of entries) {
      if (isLaneDeath(reason)) {
        entry.losses++;
        if (entries.length === 1) this.#poison.remember(entry, reason);
      }
      if (entry.work.signal.aborted) entry.reject(new ClientLeftError());
      else if (entries.length === 1) entry.reject(reason);
      else {
        entry.separate();
        this.#enqueue(entry);
      }
    }
    this.#pump();
  }
}

function isLaneDeath(reason: unknown): boolean {
  return reason instanceof UnpairedError && reason.code === 'LANE_DIED';
}
