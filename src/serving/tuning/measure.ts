import type { Tensor } from '../../core/tensor.ts';
import { joinFeeds } from '../batcher.ts';
import type { Lanes } from '../lanes.ts';
import { batchByFit, fitLatency, median } from './latency-fit.ts';

export type Feeds = Record<string, Tensor>;

/** Several runs of one batch. */
export interface Measurement {
  /** Median time inside the lane. */
  readonly milliseconds: number;
  /** Of all lanes together. */
  readonly itemsPerSecond: number;
}

/** Fewer runs say nothing, however long they take. */
const fewestRuns = 3;

/** Largest batch that a measurement at the warm-up may conclude to from batches of 1 and 2. */
const warmUpLimit = 8;

/** A batch of so many copies of one picture. */
export function repeatItem(feeds: Feeds, items: number): Feeds {
  return joinFeeds(Array.from({ length: items }, () => feeds));
}

/**
 * Keeps every lane busy with batches for a while; what a lane takes depends on what the others do.
 * @param seconds at least so long, and at least three runs on each lane
 */
export async function measureBatch(
  lanes: Pick<Lanes, 'run' | 'warmUp' | 'lanes'>,
  key: string,
  { feeds, items, seconds }: { feeds: Feeds; items: number; seconds: number },
): Promise<Measurement> {
  const batch = repeatItem(feeds, items);
  await lanes.warmUp(key, batch);
  const times: number[] = [];
  const start = performance.now();
  const end = start + 1000 * seconds;
  const keepBusy = async () => {
    for (let runs = 0; runs < fewestRuns || performance.now() < end; runs++)
      times.push((await lanes.run(key, batch)).laneMilliseconds);
  };
  await Promise.all(lanes.lanes.map(keepBusy));
  const elapsed = (performance.now() - start) / 1000;
  return { milliseconds: median(times), itemsPerSecond: (times.length * items) / elapsed };
}

/**
 * The short form: one picture against two in turns, a line through their medians, and the batch that it says to pay.
 * Takes as long as twelve runs of one picture.
 */
export async function measureAtWarmUp(lanes: Pick<Lanes, 'run'>, key: string, feeds: Feeds): Promise<number> {
  const sizes = [1, 2].map((items) => ({ items, batch: repeatItem(feeds, items), times: [] as number[] }));
  // The first round is not counted: the first run of a shape is slow.
  for (let round = 0; round <= fewestRuns; round++) {
    for (const { batch, times } of sizes) {
      const { laneMilliseconds } = await lanes.run(key, batch);
      if (round > 0) times.push(laneMilliseconds);
    }
  }
  const points = sizes.map(({ items, times }) => ({ items, milliseconds: median(times) }));
  return batchByFit(fitLatency(points), warmUpLimit);
}
