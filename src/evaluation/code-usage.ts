import type { CodeMap } from '../core/code-map/code-map.ts';

/** How much of a codebook maps make use of. */
export interface CodeUsage {
  /** Entries that occur. */
  readonly used: number;
  /** exp(-sum p log p) over the shares of the entries: as many as there would be if all occurred equally often. */
  readonly perplexity: number;
}

export function codeUsage(maps: readonly CodeMap[], codebookSize: number): CodeUsage {
  const counts = new Float64Array(codebookSize);
  for (const { codes } of maps) for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  const found = counts.filter((count) => count > 0);
  const all = found.reduce((sum, count) => sum + count, 0);
  const entropy = found.reduce((sum, count) => sum - (count / all) * Math.log(count / all), 0);
  return { used: found.length, perplexity: Math.exp(entropy) };
}
