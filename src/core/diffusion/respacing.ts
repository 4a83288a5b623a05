import { InvalidArgumentError } from '../errors.ts';
import { roundHalfToEven } from '../round-half-to-even.ts';

/**
 * The times that a respaced process keeps (guided diffusion's `space_timesteps`), ascending.
 * @param steps T of the whole process
 * @param spacing how many of each equal section (`[10, 15, 20]`: of each third), evenly and with both its ends; or the
 * even stride from 0 on that gives so many (`ddim`)
 * @throws InvalidArgumentError when a section has fewer times than are to be kept, or when there is no such stride
 */
export function keptTimes(steps: number, spacing: readonly number[] | { readonly ddim: number }): number[] {
  if ('ddim' in spacing) return evenStride(steps, spacing.ddim);
  const [least, longer] = [Math.floor(steps / spacing.length), steps % spacing.length];
  let start = 0;
  return spacing.flatMap((count, section) => {
    const size = section < longer ? least + 1 : least;
    const times = timesOfSection(start, size, count);
    start += size;
    return times;
  });
}

function timesOfSection(start: number, size: number, count: number): number[] {
  if (!(Number.isInteger(count) && count >= 1 && count <= size)) {
    throw new InvalidArgumentError(`of a section of ${size} times 1 to ${size} can be kept, got ${count}`);
  }
  const stride = count > 1 ? (size - 1) / (count - 1) : 1;
  // Added up rather than multiplied, as published: the sums decide which way a half is rounded.
  let place = 0;
  return Array.from({ length: count }, () => {
    const time = start + roundHalfToEven(place);
    place += stride;
    return time;
  });
}

function evenStride(steps: number, count: number): number[] {
  for (let stride = 1; stride <= steps; stride++) {
    if (Math.ceil(steps / stride) !== count) continue;
    return Array.from({ length: count }, (_, index) => index * stride);
  }
  throw new InvalidArgumentError(`no even stride through ${steps} times gives ${count} of them`);
}

/** Betas of the process that has only the kept times, where alphaBar is what it is in the whole one. */
export function respacedBetas(alphaBar: Float64Array, kept: readonly number[]): Float64Array {
  return Float64Array.from(kept, (time, index) => {
    const before = index === 0 ? 1 : alphaBar[kept[index - 1] as number];
    return 1 - (alphaBar[time] as number) / (before as number);
  });
}
