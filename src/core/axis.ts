/** A stretch of numbers, `low` < `high`. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Share of its length that an axis goes on beyond its values. */
const room = 0.06;

/**
 * What an axis has to show of the values: from their 2nd to their 98th percentile, everything in `always`, and zero
 * where it is near. Values that are all the same, or none, get some room.
 */
export function rangeOf(values: readonly number[], always: readonly number[] = []): Range {
  const sorted = values.filter(Number.isFinite).sort((one, other) => one - other);
  const shown = [quantile(sorted, 0.02), quantile(sorted, 0.98), ...always].filter(Number.isFinite);
  if (shown.length === 0) return { low: 0, high: 1 };
  const low = shown.reduce((best, value) => Math.min(best, value));
  const high = shown.reduce((best, value) => Math.max(best, value));
  if (low >= 0 && low < high / 2) return { low: 0, high: high * (1 + room) };
  if (high <= 0 && high > low / 2) return { low: low * (1 + room), high: 0 };
  return widened(low, high);
}

function widened(low: number, high: number): Range {
  const extent = high - low;
  // Differences in the last digits of a number are noise, and no floating-point axis could tell them apart.
  const alike = extent <= 1e-6 * Math.max(Math.abs(low), Math.abs(high));
  const margin = alike ? Math.abs(high) / 2 || 1 : extent * room;
  return { low: low - margin, high: high + margin };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

/** Round numbers (1, 2 or 5 times a power of ten apart) of the range, about `count`. */
export function ticksOf({ low, high }: Range, count: number): { ticks: number[]; spacing: number } {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const spacing = ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const [first, last] = [Math.ceil(low / spacing - 1e-9), Math.floor(high / spacing + 1e-9)];
  const ticks = Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => (first + index) * spacing,
  );
  return { ticks, spacing };
}
