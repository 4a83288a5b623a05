import { open, readFile } from 'node:fs/promises';
import { isSystemError } from './durable-write.ts';
import type { TrainingMetrics } from './metrics-log.ts';

/** Bytes at the end of a log that are sure to hold several lines. */
const tailBytes = 65_536;

/** Everything in a metrics.jsonl, by rising step; broken lines, and a last one still being written, are passed over. */
export async function readMetrics(path: string): Promise<TrainingMetrics[]> {
  return parseMetrics(await readFile(path, 'utf8').catch(nothingThere));
}

/** The last line of a metrics.jsonl; undefined when there is none. Reads no more than its end. */
export async function lastMetrics(path: string): Promise<TrainingMetrics | undefined> {
  return parseMetrics(await readTail(path).catch(nothingThere)).at(-1);
}

function nothingThere(thrown: unknown): string {
  if (isSystemError(thrown, 'ENOENT')) return '';
  throw thrown;
}

async function readTail(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseMetrics(text: string): TrainingMetrics[] {
  return text.split('\n').flatMap((line) => {
    try {
      return metricsOf(JSON.parse(line) as Record<string, unknown> | null);
    } catch {
      return [];
    }
  });
}

function metricsOf(line: Record<string, unknown> | null): TrainingMetrics[] {
  const step = line?.step;
  if (typeof step !== 'number' || !Number.isFinite(step)) return [];
  return [
    {
      step,
      epoch: numberOf(line?.epoch),
      losses: numbersOf(line?.losses),
      learningRates: numbersOf(line?.learningRates),
      imagesPerSecond: numberOf(line?.imagesPerSecond),
      seconds: numberOf(line?.seconds),
    },
  ];
}

function numbersOf(values: unknown): Record<string, number> {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numberOf(value)]));
}

/** What is not finite was written as text: `"NaN"`, `"Infinity"`. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}
