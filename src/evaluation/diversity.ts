import { Random } from '../core/random.ts';

export interface DiversityOptions {
  readonly seed: number;
  /** Pairs that are drawn; all pairs when there are fewer. Default 1000. */
  readonly pairs?: number;
}

/**
 * Pairs of different pictures, drawn without replacement: diversity is the mean distance over them (Huang et al. 2018,
 * "Multimodal Unsupervised Image-to-Image Translation", section 5.2, with LPIPS as the distance). A translator that
 * makes the same of everything has none.
 * @param count pictures to draw from
 */
export function drawPairs(count: number, { seed, pairs = 1000 }: DiversityOptions): [number, number][] {
  const all = (count * (count - 1)) / 2;
  if (all <= pairs) {
    return Array.from({ length: count }, (_, second) =>
      Array.from({ length: second }, (__, first): [number, number] => [first, second]),
    ).flat();
  }
  const random = Random.of(seed, 'diversity');
  const drawn = new Map<string, [number, number]>();
  while (drawn.size < pairs) {
    const [a, b] = [random.integer(count), random.integer(count)];
    if (a !== b) drawn.set(`${Math.min(a, b)},${Math.max(a, b)}`, [Math.min(a, b), Math.max(a, b)]);
  }
  return [...drawn.values()];
}

/** Euclidean distance of two rows of features `[N, D]`. */
export function featureDistance(
  { dimension, data }: { readonly dimension: number; readonly data: Float32Array },
  [first, second]: readonly [number, number],
): number {
  const row = (at: number) => data.subarray(at * dimension, (at + 1) * dimension);
  return euclideanDistance(row(first), row(second));
}

/** Of two vectors of one length. */
export function euclideanDistance(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += ((x[at] as number) - (y[at] as number)) ** 2;
  return Math.sqrt(sum);
}
