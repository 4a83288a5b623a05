import type { Work, WorkResult } from './work.ts';

/** One run that waits for a lane. */
export interface QueuedWork {
  readonly work: Work;
  /** Entries of equal key may share a run. */
  readonly key: string;
  readonly items: number;
  /** Most items of a run that this entry takes part in; 1: it runs alone. */
  readonly limit: number;
  /** When it was queued, on the clock of performance.now(). */
  readonly since: number;
  resolve(result: WorkResult): void;
  reject(reason: unknown): void;
  /** Stops listening for the client's departure. */
  settled(): void;
}

/**
 * Entries in order of arrival. A batch is the oldest entry and those behind it that may share its run, as long
 * as they fit; it is due when it is full or its oldest entry has waited long enough.
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
    return this.#entries[0]?.since;
  }

  /** When the oldest entry has waited long enough. */
  get nextDueAt(): number | undefined {
    return this.#entries[0] && this.#entries[0].since + this.#delay;
  }

  push(entry: QueuedWork): void {
    this.#entries.push(entry);
    this.#items += entry.items;
  }

  /** Entries return to the head of the queue, in their order. */
  putBack(entries: readonly QueuedWork[]): void {
    this.#entries.unshift(...entries);
    for (const entry of entries) this.#items += entry.items;
  }

  /** @returns false when the entry is not in the queue */
  remove(entry: QueuedWork): boolean {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    this.#items -= entry.items;
    return true;
  }

  /** Takes the first batch that is due; empty when none is. */
  takeDue(now: number): readonly QueuedWork[] {
    const overdue = this.#entries[0] !== undefined && now >= this.#entries[0].since + this.#delay;
    return overdue ? this.#take(this.#batchOf(this.#entries[0] as QueuedWork).entries) : this.takeFull();
  }

  /** Takes the first batch that has no room left; empty when there is none. */
  takeFull(): readonly QueuedWork[] {
    const seen = new Set<string>();
    for (const head of this.#entries) {
      if (seen.has(head.key)) continue;
      seen.add(head.key);
      const batch = this.#batchOf(head);
      if (batch.full) return this.#take(batch.entries);
    }
    return [];
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
