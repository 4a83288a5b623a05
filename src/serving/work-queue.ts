import type { QueuedWork } from './queued-work.ts';

/**
 * Entries in order of rank. A batch is the first entry of a key and those behind it that may share its run, as long
 * as they fit; it is due when it is full or one of its entries has waited long enough. Steps of sequences are kept
 * apart by lane, and do not wait for company: it comes of itself.
 */
export class WorkQueue {
  readonly #delay: number;
  #entries: QueuedWork[] = [];
  #items = 0;

  /** @param delay milliseconds that an entry may wait for company */
  constructor(delay: number) {
    this.#delay = delay;
  }

  get items(): number {
    return this.#items;
  }

  get oldestSince(): number | undefined {
    if (this.#entries.length === 0) return undefined;
    return this.#entries.reduce((oldest, { since }) => Math.min(oldest, since), Number.POSITIVE_INFINITY);
  }

  /** When the entry that was queued first, of those for any lane, has waited long enough. */
  get nextDueAt(): number | undefined {
    const waits = this.#entriesFor(undefined).map(({ since }) => since + this.#delay);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Entries that would be run before one of this rank, or with it. */
  before(rank: number): readonly QueuedWork[] {
    return this.#entries.filter((entry) => entry.rank <= rank);
  }

  /** Items by network, for those that have any. */
  itemsByNetwork(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { work, items } of this.#entries) {
      counts.set(work.network, (counts.get(work.network) ?? 0) + items);
    }
    return counts;
  }

  /** Puts an entry behind those of its rank; one that comes back finds its old place. */
  insert(entry: QueuedWork): void {
    const index = this.#entries.findLastIndex((other) => other.rank <= entry.rank);
    this.#entries.splice(index + 1, 0, entry);
    this.#items += entry.items;
  }

  /** @returns false when the entry is not in the queue */
  remove(entry: QueuedWork): boolean {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    this.#items -= entry.items;
    return true;
  }

  /**
   * Takes the first batch that is due; empty when none is.
   * @param lane of steps that go there; default: what is for any lane
   */
  takeDue(now: number, lane?: number): readonly QueuedWork[] {
    const delay = lane === undefined ? this.#delay : 0;
    const seen = new Set<string>();
    for (const head of this.#entriesFor(lane)) {
      if (seen.has(head.key)) continue;
      seen.add(head.key);
      const { entries, full } = this.#batchOf(head);
      if (full || entries.some(({ since }) => now >= since + delay)) return this.#take(entries);
    }
    return [];
  }

  /**
   * Takes the batch of the first entry for any lane when it has no room left; empty when it may still grow. One further behind that
   * is full must not go first: a rare shape would wait for as long as a frequent one fills its batches.
   */
  takeFull(): readonly QueuedWork[] {
    const head = this.#entries.find(({ lane }) => lane === undefined);
    if (head === undefined) return [];
    const { entries, full } = this.#batchOf(head);
    return full ? this.#take(entries) : [];
  }

  #entriesFor(lane: number | undefined): readonly QueuedWork[] {
    return this.#entries.filter((entry) => entry.lane === lane);
  }

  /** The head and those behind it with its key, in order, until one does not fit. */
  #batchOf(head: QueuedWork): { entries: QueuedWork[]; full: boolean } {
    const entries: QueuedWork[] = [];
    let items = 0;
    for (const entry of this.#entries) {
      if (entry.key !== head.key) continue;
      const fits = items + entry.items <= Math.min(head.limit, entry.limit);
      if (entries.length > 0 && !fits) return { entries, full: true };
      entries.push(entry);
      items += entry.items;
      if (items >= head.limit) return { entries, full: true };
    }
    return { entries, full: false };
  }

  #take(entries: readonly QueuedWork[]): readonly QueuedWork[] {
    const taken = new Set(entries);
    this.#entries = this.#entries.filter((entry) => !taken.has(entry));
    for (const entry of entries) this.#items -= entry.items;
    return entries;
  }
}
