import { readFile } from 'node:fs/promises';

const lineCount = 20;

/**
 * Mean of each loss over the last lines of a metrics.jsonl, at most 20; empty when nothing was logged. A line that is
 * still being written, and losses that are not finite (written as text), are left out.
 */
export async function lastLoggedLosses(metricsFile: string): Promise<Record<string, number>> {
  const text = await readFile(metricsFile, 'utf8').catch(() => '');
  const values = new Map<string, number[]>();
  for (const losses of text.split('\n').flatMap(lossesOf).slice(-lineCount)) {
    for (const [name, value] of Object.entries(losses)) {
      if (typeof value === 'number') values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries([...values].map(([name, found]) => [name, mean(found)]));
}

function lossesOf(line: string): Readonly<Record<string, unknown>>[] {
  try {
    return [(JSON.parse(line) as { losses: Record<string, unknown> }).losses];
  } catch {
    return [];
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
