import { basename, dirname } from 'node:path';
import type { FirstStage } from '../config/prior.ts';
import {
  loadCheckpoint,
  type RunFolder,
  readRunConfig,
  runFolder,
  type StoredCheckpoint,
} from '../run/index.ts';
import { lastLoggedLosses } from './logged-losses.ts';

/** How a stage of a model was trained, for its card. */
export interface StageRecord {
  readonly text: string;
  /** Mean of the last logged losses, by name. */
  readonly losses: Readonly<Record<string, number>>;
}

interface Settings {
  readonly batchSize?: unknown;
  readonly seed?: unknown;
}

/** Of the run in a folder, at a checkpoint of it. */
export async function stageRecord(
  folder: RunFolder,
  { batchSize, seed }: Settings,
  { step, meta }: Pick<StoredCheckpoint, 'step' | 'meta'>,
): Promise<StageRecord> {
  const hours = (Number(meta.seconds ?? 0) / 3600).toFixed(1);
  return {
    text: `${step} steps of batch ${batchSize}, seed ${seed}, ${hours} hours`,
    losses: await lastLoggedLosses(folder.metricsFile),
  };
}

/** Of the stage that a run took its codes from, as far as it is still where it was. */
export async function firstStageRecord({ checkpoint: path, sha256 }: FirstStage): Promise<StageRecord> {
  try {
    const folder = runFolder(dirname(dirname(path)));
    const settings = (await readRunConfig(folder)) as Settings | undefined;
    if (settings !== undefined) return await stageRecord(folder, settings, await loadCheckpoint(path));
  } catch {
    // The second stage keeps all that it needs of the first, whose folder may be gone.
  }
  return { text: `checkpoint ${basename(path)}, sha256 ${sha256}`, losses: {} };
}
