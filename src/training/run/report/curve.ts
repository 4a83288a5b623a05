/** A value over the steps of a run; values that are not finite leave a gap. */
export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Point {
  readonly step: number;
  readonly value: number;
}

/** Points on each side of a point that are averaged with it: a twenty-fifth of the curve. */
export function smoothingReach(count: number): number {
  return Math.round(count / 25);
}

/** Mean of each point and up to `reach` neighbours on either side; a value that is not finite stays a gap. */
export function runningMean(points: readonly Point[], reach: number): Point[] {
  const sums = [0];
  const counts = [0];
  for (const [index, { value }] of points.entries()) {
    const finite = Number.isFinite(value);
    sums.push((sums[index] as number) + (finite ? value : 0));
    counts.push((counts[index] as number) + (finite ? 1 : 0));
  }
  const between = (all: readonly number[], from: number, to: number) =>
    (all[to] as number) - (all[from] as number);
  return points.map(({ step, value }, index) => {
    const [from, to] = [Math.max(0, index - reach), Math.min(points.length, index + reach + 1)];
    const mean = between(sums, from, to) / between(counts, from, to);
    return { step, value: Number.isFinite(value) ? mean : Number.NaN };
  });
}

/** Every so many of the points, at most `most` and the last, so that a page of a long run stays small. */
export function sampled(points: readonly Point[], most: number): Point[] {
  const stride = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

/** Lowest and highest of each stretch, in their order, at most `most` points: peaks stay. */
export function thinned(points: readonly Point[], most: number): Point[] {
  const size = Math.ceil((2 * points.length) / most);
  if (size <= 2) return [...points];
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    extremes(points.slice(index * size, (index + 1) * size)),
  ).flat();
}

function extremes(stretch: readonly Point[]): Point[] {
  const astray = stretch.find(({ value }) => !Number.isFinite(value));
  const [first, ...others] = stretch.filter(({ value }) => Number.isFinite(value));
  if (first === undefined) return astray === undefined ? [] : [astray];
  const low = others.reduce((best, point) => (point.value < best.value ? point : best), first);
  const high = others.reduce((best, point) => (point.value > best.value ? point : best), first);
  const kept = [...new Set([low, high, ...(astray === undefined ? [] : [astray])])];
  return kept.sort((one, other) => one.step - other.step);
}
