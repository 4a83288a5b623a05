/** Median time of a run of so many items. */
export interface BatchLatency {
  readonly items: number;
  readonly milliseconds: number;
}

/** latency = fixed + perItem * items, in milliseconds. */
export interface LatencyFit {
  readonly fixed: number;
  readonly perItem: number;
  /** Root of the mean squared distance of the measured latencies from the line, in milliseconds. */
  readonly residual: number;
}

/** The part of a picture's time that a larger batch must save to pay: less is noise, and a batch costs waiting. */
export const gainMargin = 0.05;

/** Least squares; through one size only the line begins at 0. */
export function fitLatency(points: readonly BatchLatency[]): LatencyFit {
  const meanItems = mean(points.map(({ items }) => items));
  const meanTime = mean(points.map(({ milliseconds }) => milliseconds));
  const spread = mean(points.map(({ items }) => (items - meanItems) ** 2));
  const shared = mean(
    points.map(({ items, milliseconds }) => (items - meanItems) * (milliseconds - meanTime)),
  );
  const perItem = spread === 0 ? meanTime / meanItems : shared / spread;
  const fixed = meanTime - perItem * meanItems;
  const misses = points.map(({ items, milliseconds }) => (milliseconds - fixed - perItem * items) ** 2);
  return { fixed, perItem, residual: Math.sqrt(mean(misses)) };
}

/** Whether a larger batch saves enough of each item's time. */
export function largerPays(smaller: BatchLatency, larger: BatchLatency): boolean {
  const before = smaller.milliseconds / smaller.items;
  return larger.milliseconds / larger.items <= before * (1 - gainMargin);
}

/** The last size, from the smallest up, that still pays over the one before; 1 where none does. */
export function chooseBatch(points: readonly BatchLatency[]): number {
  const [first, ...larger] = [...points].sort((a, b) => a.items - b.items);
  if (first === undefined) return 1;
  let best = first;
  for (const point of larger) {
    if (!largerPays(best, point)) break;
    best = point;
  }
  return best.items;
}

/** What a fit of few sizes says of the others: doubling from 1 goes on while it pays. */
export function batchByFit({ fixed, perItem }: LatencyFit, limit: number): number {
  const sizes = batchSizes(limit);
  return chooseBatch(sizes.map((items) => ({ items, milliseconds: fixed + perItem * items })));
}

/** 1, 2, 4 and so on up to a limit. */
export function batchSizes(limit: number): number[] {
  const sizes = [1];
  while ((sizes.at(-1) as number) * 2 <= limit) sizes.push((sizes.at(-1) as number) * 2);
  return sizes;
}

/** Middle of the values in order; of an even count the mean of the two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
