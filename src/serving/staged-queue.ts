import { Batch } from './batch.ts';
import type { QueuedWork } from './queued-work.ts';
import { WorkQueue } from './work-queue.ts';

/** The queue, and the batch that is put together from it while the lanes are busy. */
export class StagedQueue {
  readonly #queue: WorkQueue;
  #staged: Batch | undefined;

  /** @param delay milliseconds that an entry may wait for company */
  constructor(delay: number) {
    this.#queue = new WorkQueue(delay);
  }

  get items(): number {
    return this.#queue.items + (this.#staged?.items ?? 0);
  }

  get oldestSince(): number | undefined {
    return this.#staged?.entries[0].since ?? this.#queue.oldestSince;
  }

  /** When the entry that was queued first, of those for any lane that are not put together yet, has waited long enough. */
  get nextDueAt(): number | undefined {
    return this.#queue.nextDueAt;
  }

  /** Items by network, for those that have any. */
  itemsByNetwork(): ReadonlyMap<string, number> {
    const counts = this.#queue.itemsByNetwork();
    for (const { work, items } of this.#staged?.entries ?? []) {
      counts.set(work.network, (counts.get(work.network) ?? 0) + items);
    }
    return counts;
  }

  /** Entries that would be run before one of this rank, or with it. */
  before(rank: number): readonly QueuedWork[] {
    const staged = (this.#staged?.entries ?? []).filter((entry) => entry.rank <= rank);
    return [...staged, ...this.#queue.before(rank)];
  }

  /** Items that a lane takes until it takes the last of an entry, its own included. */
  positionOf(entry: QueuedWork): number {
    const items = this.#staged?.items ?? 0;
    const isStaged = this.#staged?.entries.includes(entry) ?? false;
    return isStaged ? items : items + countItems(this.#queue.before(entry.rank));
  }

  insert(entry: QueuedWork): void {
    // A batch that was put together gives way to what is more urgent than one of its entries.
    if (this.#staged?.entries.some(({ rank }) => entry.rank < rank)) this.#unstage();
    this.#queue.insert(entry);
  }

  /** @returns false when the entry is not in the queue */
  remove(entry: QueuedWork): boolean {
    if (this.#staged?.entries.includes(entry)) this.#unstage();
    return this.#queue.remove(entry);
  }

  /** Puts the next batch together, when it is full: others may join one that is not. */
  stage(): void {
    this.#staged ??= assemble(this.#queue.takeFull());
  }

  /**
   * Takes the first batch that is due.
   * @param lane of steps that go there; default: what is for any lane
   */
  takeDue(now: number, lane?: number): Batch | undefined {
    if (lane !== undefined) return assemble(this.#queue.takeDue(now, lane));
    const batch = this.#staged ?? assemble(this.#queue.takeDue(now));
    this.#staged = undefined;
    return batch;
  }

  #unstage(): void {
    for (const entry of this.#staged?.entries ?? []) this.#queue.insert(entry);
    this.#staged = undefined;
  }
}

function assemble([first, ...others]: readonly QueuedWork[]): Batch | undefined {
  return first && new Batch([first, ...others]);
}

function countItems(entries: readonly QueuedWork[]): number {
  return entries.reduce((sum, entry) => sum + entry.items, 0);
}
