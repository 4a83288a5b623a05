import type { PriorConfig } from '../config/prior.ts';
import { UnalignedBatches } from '../data/index.ts';
import { pictureOptions } from '../picture-options.ts';
import type { TrainingRun } from '../training-run.ts';
import { CodeBatches } from './code-batches.ts';
import { computeCodes } from './code-dataset.ts';
import { CodeEncoder } from './code-encoder.ts';
import { type CodeFile, readCodeFile, writeCodeFile } from './code-file.ts';
import { firstStageWeights } from './first-stage.ts';

/**
 * The codes of the training pictures, in batches. They are computed by the first stage before the first step, once, and
 * kept in the run's folder with the weights that they come from.
 * @returns undefined when the run was told to stop meanwhile
 * @throws FirstStageError, CodeFileError, DatasetError
 */
export async function openCodeBatches(
  run: TrainingRun,
  config: PriorConfig,
): Promise<CodeBatches | undefined> {
  const path = run.folder.codesFile;
  const skipped = new Map<string, string>();
  let file = await readCodeFile(path, config);
  if (file === undefined) {
    file = await computed(run, config, skipped);
    if (file === undefined) return undefined;
    await writeCodeFile(path, config, file);
  }
  const { batchSize, accumulate: microBatches, seed, serial } = config;
  return new CodeBatches(file.codes, { batchSize, microBatches, seed, serial }, skipped);
}

async function computed(
  run: TrainingRun,
  config: PriorConfig,
  skipped: Map<string, string>,
): Promise<CodeFile | undefined> {
  const weights = await firstStageWeights(config.firstStage);
  const encoder = await CodeEncoder.open(config.firstStage, weights, config.cropSize, run.session);
  const options = pictureOptions(run);
  const pictures = await UnalignedBatches.open({ ...options, batchSize: 1, microBatches: 1, serial: true });
  try {
    const { trainA, trainB } = pictures.sizes;
    const cuts = config.cuts === 1 ? '' : `, ${config.cuts} cuts of each`;
    run.observer.noted(`turning ${trainA} + ${trainB} pictures into codes${cuts}`);
    const codes = await computeCodes(pictures, encoder, config.cuts, run.signal);
    for (const [path, reason] of pictures.skipped) skipped.set(path, reason);
    return codes && { weights, codes };
  } finally {
    await pictures.close();
    await encoder.close();
  }
}
