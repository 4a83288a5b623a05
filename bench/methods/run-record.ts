import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, type Pixels } from '../../src/image/index.ts';
import { runFolder } from '../../src/training/run/index.ts';

/** A line of metrics.jsonl, as far as it is read here. */
interface MetricsLine {
  readonly step: number;
  /** A loss that is not finite is a word. */
  readonly losses: Readonly<Record<string, number | string>>;
  readonly seconds: number;
}

export interface RunRecord {
  readonly lines: readonly MetricsLine[];
  readonly previews: readonly PreviewChange[];
}

/** How much the preview of one direction has changed since before the first step. */
export interface PreviewChange {
  readonly from: 'A' | 'B';
  /** Mean over the bytes of the grid, 0..255; half of the grid are pictures of the dataset, which never change. */
  readonly change: number;
}

/** What a run has written so far. */
export async function readRun(path: string): Promise<RunRecord> {
  const { metricsFile, previews } = runFolder(path);
  return { lines: await readMetrics(metricsFile), previews: await previewChanges(previews) };
}

/** The last step in the metrics of a run; 0 before there is any. */
export async function lastStep(path: string): Promise<number> {
  const lines = await readMetrics(runFolder(path).metricsFile).catch((): MetricsLine[] => []);
  return lines.at(-1)?.step ?? 0;
}

async function readMetrics(file: string): Promise<MetricsLine[]> {
  const text = await readFile(file, 'utf8');
  // A line that is being written ends in no line feed yet.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).trim();
  return whole === '' ? [] : whole.split('\n').map((line) => JSON.parse(line) as MetricsLine);
}

async function previewChanges(folder: string): Promise<PreviewChange[]> {
  const names = (await readdir(folder)).sort();
  const changes: PreviewChange[] = [];
  for (const from of ['A', 'B'] as const) {
    const grids = names.filter((name) => name.endsWith(`-from-${from}.png`));
    const [first, last] = [grids[0], grids.at(-1)];
    if (first === undefined || last === undefined) continue;
    const [before, after] = await Promise.all([first, last].map((name) => readPicture(join(folder, name))));
    changes.push({ from, change: meanDifference(before as Pixels, after as Pixels) });
  }
  return changes;
}

async function readPicture(file: string): Promise<Pixels> {
  return decode(await readFile(file));
}

/** Mean absolute difference of two pictures of one size, 0..255. */
export function meanDifference(left: Pixels, right: Pixels): number {
  let sum = 0;
  for (const [index, value] of left.data.entries()) sum += Math.abs(value - (right.data[index] as number));
  return sum / left.data.length;
}
