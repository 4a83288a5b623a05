import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, UnpairedError } from '../../core/errors.ts';
import { type FirstStage, type FirstStageRun, firstStageRunSchema } from '../config/prior.ts';
import { autoencoderName } from '../methods/vq-i2i/networks.ts';
import { vqI2i } from '../methods/vq-i2i/vq-i2i.ts';
import type { StateDict } from '../pytorch/index.ts';
import { latestCheckpoint, loadCheckpoint, type RunFolder, readRunConfig } from '../run/index.ts';
import { stateDictOf } from '../step/state.ts';

/** The second stage cannot begin with what it was given as the first. */
export class FirstStageError extends UnpairedError {
  constructor(path: string, fault: string, options: { cause?: unknown } = {}) {
    super(`${path} cannot be the first stage: ${fault}`, {
      code: 'FIRST_STAGE_UNFIT',
      status: 422,
      ...options,
    });
  }
}

/**
 * Settings of a second stage that follow from the run of the first: its newest checkpoint, which must be there still
 * when training begins, and the pictures that it was trained on.
 * @throws FirstStageError when it is no run of the first stage, or has no checkpoint
 */
export async function settingsAfter(
  folder: RunFolder,
): Promise<{ readonly firstStage: FirstStage } & FirstStageRun['pictures']> {
  const { model, pictures } = await firstStageRun(folder);
  const latest = await latestCheckpoint(folder.checkpoints);
  if (latest === undefined) throw new FirstStageError(folder.path, 'it has no checkpoint');
  const sha256 = checksum(await readFile(latest.path));
  return { ...pictures, firstStage: { ...model, checkpoint: latest.path, sha256 } };
}

async function firstStageRun(folder: RunFolder): Promise<FirstStageRun> {
  const config = await readRunConfig(folder);
  if (config === undefined) throw new FirstStageError(folder.path, 'it holds no run: it has no config.json');
  const result = firstStageRunSchema.safeParse(config);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new FirstStageError(folder.path, `it is no run of VQ-I2I's first stage (${faults.join('; ')})`);
}

/**
 * The weights of its autoencoder.
 * @throws FirstStageError when the file has changed or is gone
 */
export async function firstStageWeights(stage: FirstStage): Promise<StateDict> {
  const { checkpoint: path, sha256, averaged, cropSize, options } = stage;
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FirstStageError(path, messageOf(cause), { cause });
  });
  const found = checksum(bytes);
  if (found !== sha256) {
    throw new FirstStageError(path, `it has SHA-256 ${found}, the run was begun with ${sha256}`);
  }
  const { tensors } = await loadCheckpoint(path);
  const method = vqI2i(options, [1, 3, cropSize, cropSize]);
  return stateDictOf(method, tensors, autoencoderName, averaged);
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
