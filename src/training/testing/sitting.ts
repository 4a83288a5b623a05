import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { RunConfig } from '../config/index.ts';
import { lockRunFolder, type RunFolder, runFolder, writeRunConfig } from '../run/index.ts';
import { train } from '../trainer.ts';
import type { StartFacts, TrainingObserver, TrainingOutcome } from '../training-run.ts';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A new empty folder that is removed after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unpaired-training-'));
  folders.push(folder);
  return folder;
}

/** A new folder for a run, with its settings. */
export async function newRun(config: RunConfig): Promise<RunFolder> {
  const folder = runFolder(await temporaryFolder());
  await (await lockRunFolder(folder)).release();
  await writeRunConfig(folder, config);
  return folder;
}

export interface Sitting {
  readonly outcome: TrainingOutcome;
  readonly facts: StartFacts | undefined;
  readonly steps: readonly Parameters<TrainingObserver['stepped']>[0][];
  readonly notes: readonly string[];
}

/** Trains in a folder until the end, or until step `stopAfter` is done (0: it is told to stop before it begins). */
export async function sit(
  folder: RunFolder,
  config: RunConfig,
  { stopAfter = Number.POSITIVE_INFINITY, workers = 1 } = {},
): Promise<Sitting> {
  const stop = new AbortController();
  if (stopAfter === 0) stop.abort();
  const [steps, notes]: [Parameters<TrainingObserver['stepped']>[0][], string[]] = [[], []];
  let facts: StartFacts | undefined;
  const outcome = await train({
    config,
    folder,
    session: { provider: 'cpu', threads: 1 },
    software: 'unpaired 0.0.0',
    workers,
    cacheBytes: 1_000_000,
    signal: stop.signal,
    observer: {
      started: (given) => {
        facts = given;
      },
      stepped: (report) => {
        steps.push(report);
        if (report.step >= stopAfter) stop.abort();
      },
      noted: (line) => notes.push(line),
    },
  });
  return { outcome, facts, steps, notes };
}
