import type { PriorConfig } from '../config/prior.ts';
import type { TrainingRun } from '../training-run.ts';
import type { TrainingSource } from '../training-source.ts';
import { CodeBatches } from './code-batches.ts';
import { codesOfRun } from './codes-of-run.ts';
import { GeneratedPreviews } from './generated-previews.ts';
import { HeldOutBits } from './held-out-bits.ts';

/**
 * What a run of the second stage trains on: the codes of the training pictures, in batches.
 * @returns undefined when the run was told to stop while codes were computed
 * @throws FirstStageError, CodeFileError, DatasetError
 */
export async function openCodes(run: TrainingRun, config: PriorConfig): Promise<TrainingSource | undefined> {
  const skipped = new Map<string, string>();
  const file = await codesOfRun(run, config, skipped);
  if (file === undefined) return undefined;
  const { batchSize, accumulate: microBatches, seed, serial } = config;
  const { weights, heldOut } = file;
  const first = { stage: config.firstStage, weights };
  return {
    batches: new CodeBatches(file, { batchSize, microBatches, seed, serial }, skipped),
    previews: (method) => GeneratedPreviews.open(run, config, { method, first, heldOut }),
    heldOut: async (method) => heldOut && HeldOutBits.open(config, method, heldOut, run.session),
  };
}
