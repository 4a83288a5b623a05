import type { StateDict } from '../pytorch/index.ts';

/**
 * The entries of the first state dict that has a key like the mark, as far as they have the prefix of that key, without it.
 * @param mark its first group is the prefix
 */
export function weightsBehind(dicts: ReadonlyMap<string, StateDict>, mark: RegExp): StateDict | undefined {
  for (const dict of dicts.values()) {
    const prefix = [...dict.keys()].map((key) => mark.exec(key)?.[1]).find((found) => found !== undefined);
    if (prefix === undefined) continue;
    const own = [...dict].filter(([key]) => key.startsWith(prefix));
    return new Map(own.map(([key, tensor]) => [key.slice(prefix.length), tensor]));
  }
  return undefined;
}

/** One more than the highest number that the keys have at a place, the first group of the pattern. */
export function countOf(weights: StateDict, pattern: RegExp): number {
  const numbers = [...weights.keys()].map((key) => Number(pattern.exec(key)?.[1] ?? -1));
  return numbers.reduce((most, number) => Math.max(most, number), -1) + 1;
}
