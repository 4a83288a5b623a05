import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isSystemError, writeDurably } from './durable-write.ts';

/** What is logged of a step. */
export interface TrainingMetrics {
  /** Optimizer steps done since the start of the run, counted from 1. */
  readonly step: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Losses by name. One that is not finite is written as the string "NaN", "Infinity" or "-Infinity". */
  readonly losses: Readonly<Record<string, number>>;
  /** Learning rates by optimizer. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** Pictures of the source domain trained on a second, lately. */
  readonly imagesPerSecond: number;
  /** Seconds of training since the start of the run, pauses between resumes left out. */
  readonly seconds: number;
}

/** Appends to a file of JSON lines: one line a logged step, in the order of the steps. */
export interface MetricsLog {
  write(metrics: TrainingMetrics): void;
  close(): void;
}

/**
 * Opens `path` for steps after `resumedStep` (0: a new run). Lines of later steps, which the run is about to do again,
 * and what a kill left of a last line are dropped first; the file is replaced as a whole, so that a kill meanwhile
 * loses nothing.
 */
export async function openMetricsLog(path: string, resumedStep = 0): Promise<MetricsLog> {
  const text = await readIfThere(path);
  const kept = linesUpTo(text, resumedStep);
  if (kept !== text) await writeDurably(path, [Buffer.from(kept)]);
  const file = openSync(path, 'a');
  return {
    write: (metrics) => {
      // One write a line: a kill cannot leave more than one broken line, and that at the end.
      writeSync(file, `${JSON.stringify(metrics, finiteOrText)}\n`);
    },
    close: () => closeSync(file),
  };
}

/** The whole lines of steps that rise up to `lastStep`, each step once. */
function linesUpTo(text: string, lastStep: number): string {
  let previous = 0;
  const kept = text.split(/(?<=\n)/).filter((line) => {
    const step = line.endsWith('\n') ? stepOf(line) : undefined;
    if (step === undefined || step <= previous || step > lastStep) return false;
    previous = step;
    return true;
  });
  return kept.join('');
}

function stepOf(line: string): number | undefined {
  try {
    const step = (JSON.parse(line) as { step?: unknown } | null)?.step;
    return typeof step === 'number' ? step : undefined;
  } catch {
    return undefined;
  }
}

/** JSON has no word for these and would say null, which hides that training diverged. */
function finiteOrText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return '';
    throw thrown;
  }
}
