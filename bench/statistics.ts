import { InvalidArgumentError } from '../src/core/errors.ts';

/**
 * The value below which the given share of the samples lies, linear between neighbours.
 * @param share 0 to 1
 * @throws InvalidArgumentError when there are no samples
 */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new InvalidArgumentError('a quantile of no samples');
  const sorted = [...samples].sort((left, right) => left - right);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}

/** @throws InvalidArgumentError when there are no samples */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** @throws InvalidArgumentError when there are no samples */
export function mean(samples: readonly number[]): number {
  if (samples.length === 0) throw new InvalidArgumentError('a mean of no samples');
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}
