import type { PriorConfig } from '../config/prior.ts';
import { DatasetError, UnalignedBatches } from '../data/index.ts';
import { pictureOptions } from '../picture-options.ts';
import type { TrainingRun } from '../training-run.ts';
import { type CodeDataset, computeCodes } from './code-dataset.ts';
import { CodeEncoder } from './code-encoder.ts';
import { type CodeFile, readCodeFile, writeCodeFile } from './code-file.ts';
import { firstStageWeights } from './first-stage.ts';
import type { TrainedFirstStage } from './first-stage-session.ts';
import { computeHeldOutCodes, type HeldOutCodes } from './held-out-codes.ts';

/**
 * The codes of the training pictures and of test pictures. They are computed by the first stage before the first step,
 * once, and kept in the run's folder with the weights that they come from. Where the file is of a version that held
 * nothing out, what is missing is added; without the test pictures such a run goes on, and says so.
 * @param skipped gets the pictures that could not be turned into codes, and why
 * @returns undefined when the run was told to stop meanwhile
 * @throws FirstStageError, CodeFileError, DatasetError
 */
export async function codesOfRun(
  run: TrainingRun,
  config: PriorConfig,
  skipped: Map<string, string>,
): Promise<CodeFile | undefined> {
  const path = run.folder.codesFile;
  const found = await readCodeFile(path, config);
  if (found?.heldOut !== undefined) return found;
  const file = await (found === undefined ? computed(run, config, skipped) : completed(run, config, found));
  if (file !== undefined && file !== found) await writeCodeFile(path, config, file);
  return file;
}

async function computed(
  run: TrainingRun,
  config: PriorConfig,
  skipped: Map<string, string>,
): Promise<CodeFile | undefined> {
  const weights = await firstStageWeights(config.firstStage);
  const first = { stage: config.firstStage, weights };
  return withPictures(run, async (pictures) => {
    const { trainA, trainB } = pictures.sizes;
    const cuts = config.cuts === 1 ? '' : `, ${config.cuts} cuts of each`;
    const tests = testsText(pictures, config);
    run.observer.noted(`turning ${trainA} + ${trainB} pictures into codes${cuts}, and ${tests}`);
    const codes = await trainingCodes(run, config, pictures, first);
    const heldOut = codes && (await heldOutCodes(run, config, pictures, first));
    for (const [path, reason] of pictures.skipped) skipped.set(path, reason);
    return heldOut && { weights, codes, heldOut };
  });
}

async function completed(
  run: TrainingRun,
  config: PriorConfig,
  file: CodeFile,
): Promise<CodeFile | undefined> {
  const first = { stage: config.firstStage, weights: file.weights };
  try {
    return await withPictures(run, async (pictures) => {
      run.observer.noted(`turning ${testsText(pictures, config)} into codes`);
      const heldOut = await heldOutCodes(run, config, pictures, first);
      return heldOut && { ...file, heldOut };
    });
  } catch (thrown) {
    if (!(thrown instanceof DatasetError)) throw thrown;
    run.observer.noted(`nothing is measured of test pictures: ${thrown.message}`);
    return file;
  }
}

async function withPictures<T>(
  run: TrainingRun,
  work: (pictures: UnalignedBatches) => Promise<T>,
): Promise<T> {
  const options = { ...pictureOptions(run), batchSize: 1, microBatches: 1, serial: true };
  const pictures = await UnalignedBatches.open(options);
  try {
    return await work(pictures);
  } finally {
    await pictures.close();
  }
}

async function trainingCodes(
  { session, signal }: TrainingRun,
  { cropSize, cuts }: PriorConfig,
  pictures: UnalignedBatches,
  first: TrainedFirstStage,
): Promise<CodeDataset | undefined> {
  const encoder = await CodeEncoder.open(first, cropSize, session);
  try {
    return await computeCodes(pictures, encoder, cuts, signal);
  } finally {
    await encoder.close();
  }
}

function heldOutCodes(
  { session, signal }: TrainingRun,
  { cropSize, heldOutPictures }: PriorConfig,
  pictures: UnalignedBatches,
  first: TrainedFirstStage,
): Promise<HeldOutCodes | undefined> {
  const options = { first, size: cropSize, count: heldOutPictures, session, signal };
  return computeHeldOutCodes(pictures, options);
}

function testsText({ sizes }: UnalignedBatches, { heldOutPictures }: PriorConfig): string {
  const [testA, testB] = [sizes.testA, sizes.testB].map((size) => Math.min(size, heldOutPictures));
  return `${testA} + ${testB} test pictures`;
}
