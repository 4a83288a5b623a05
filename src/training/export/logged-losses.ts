import { readFile } from 'node:fs/promises';

const lineCount = 20;

/**
 * Mean of each loss over the last lines of a metrics.jsonl, at most 20; empty when nothing was logged. A line that is
 * still being written, and losses that are not finite (written as text), are left out.
 */
export async function lastLoggedLosses(metricsFile: string): Promise<Record<string, number>> {
  const text = await readFile(metricsFile, 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap(lossesOf).slice(-lineCount);
  const names = [...new Set(lines.flatMap((losses) => Object.keys(losses)))];
  return Object.fromEntries(
    names.map((name) => [name, mean(lines.map((losses) => losses[name]).filter(Number.isFinite))]),
  );
}

function lossesOf(line: string): Readonly<Record<string, unknown>>[] {
  try {
    return [(JSON.parse(line) as { losses: Record<string, unknown> }).losses];
  } catch {
    return [];
  }
}

function mean(values: readonly unknown[]): number {
  return (values as readonly number[]).reduce((sum, value) => sum + value / values.length, 0);
}
