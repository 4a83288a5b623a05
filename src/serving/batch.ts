import type { Tensor } from '../core/tensor.ts';
import type { SequenceStep } from '../runtime/index.ts';
import { joinFeeds, splitOutputs } from './batcher.ts';
import type { LaneRun } from './lanes.ts';
import type { QueuedWork } from './queued-work.ts';

/** Lanes that a run may lose before it counts as what kills them. */
const lossLimit = 2;

/** Entries of equal key that share a run. */
export class Batch {
  readonly entries: readonly [QueuedWork, ...QueuedWork[]];
  readonly network: string;
  readonly items: number;
  readonly feeds: Record<string, Tensor>;

  /** @param entries at least one */
  constructor(entries: readonly [QueuedWork, ...QueuedWork[]]) {
    this.entries = entries;
    this.network = entries[0].work.network;
    this.items = entries.reduce((sum, entry) => sum + entry.items, 0);
    this.feeds = joinFeeds(entries.map((entry) => entry.work.feeds));
  }

  /** Lanes that it may lose: one, then it is taken apart; each entry alone may then lose another before it is given up. */
  get lossLimit(): number {
    const [first, ...others] = this.entries;
    return others.length > 0 ? 1 : lossLimit - first.losses;
  }

  /** What its items go on from, one each; undefined: from nothing. */
  get steps(): readonly SequenceStep[] | undefined {
    const steps = this.entries.flatMap(({ work }) => work.step ?? []);
    return steps.length === 0 ? undefined : steps;
  }

  /** A lane has it: from now on it is finished, however late. */
  start(): void {
    for (const entry of this.entries) {
      entry.unwatch();
      entry.work.watcher?.started();
    }
  }

  /**
   * Gives each entry its part of the outputs.
   * @throws InternalError when they cannot be split
   */
  deliver({ outputs, missing, laneMilliseconds }: LaneRun): void {
    const counts = this.entries.map((entry) => entry.items);
    const parts = missing.length === this.items ? [] : splitOutputs(outputs, counts);
    const now = performance.now();
    this.entries.forEach((entry, index) => {
      entry.resolve({
        outputs: parts[index] ?? {},
        missing: missing.includes(index),
        queueMilliseconds: Math.max(0, now - entry.since - laneMilliseconds),
        runMilliseconds: laneMilliseconds,
        batchItems: this.items,
      });
    });
  }
}
