import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, messageOf, UnpairedError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { readSafetensors, writeSafetensors } from '../pytorch/safetensors.ts';
import {
  type CheckpointRetention,
  checkpointName,
  checkRetention,
  listCheckpoints,
  stepsToRemove,
} from './checkpoint-files.ts';
import { isSystemError, removePartialFiles, unlinkIfThere, writeDurably } from './durable-write.ts';

/** A value that JSON gives back as it was. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

/** All that a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Optimizer steps done. */
  readonly step: number;
  /** Weights, moments, running averages, image pools, by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The rest: epoch, place in the data, seconds trained. */
  readonly meta: JsonObject;
}

export interface StoredCheckpoint extends Checkpoint {
  readonly path: string;
}

export interface LatestCheckpoint extends StoredCheckpoint {
  /** Newer files that could not be used, newest first: to be told to the user. */
  readonly damaged: readonly CheckpointDamagedError[];
}

/** The file is cut short, altered, or was never a checkpoint. */
export class CheckpointDamagedError extends UnpairedError {
  constructor(path: string, reason: string, options: { cause?: unknown } = {}) {
    super(`checkpoint ${path} cannot be used: ${reason}`, {
      code: 'CHECKPOINT_DAMAGED',
      status: 422,
      ...options,
    });
  }
}

/** There are checkpoints, and not one can be used: starting anew is for the user to decide. */
export class NoUsableCheckpointError extends UnpairedError {
  constructor(folder: string, damaged: readonly CheckpointDamagedError[]) {
    const reasons = damaged.map((error) => error.message).join('; ');
    super(`none of the ${damaged.length} checkpoints in ${folder} can be used: ${reasons}`, {
      code: 'NO_USABLE_CHECKPOINT',
      status: 422,
    });
  }
}

/**
 * Writes `step-00012000.safetensors` into `folder` (made if missing) and resolves to its path once it is on the disk
 * for good; until then the one before is untouched. Then removes older ones by `retention`, files of later steps (a
 * course that was given up when training went on from an earlier step) and what killed writers left. A folder has one
 * writer at a time; the tensors must not change until the promise resolves.
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  retention: CheckpointRetention = {},
): Promise<string> {
  checkRetention(retention);
  checkTypes(checkpoint.tensors);
  await mkdir(folder, { recursive: true });
  await removePartialFiles(folder);
  const path = join(folder, checkpointName(checkpoint.step));
  await writeDurably(path, [encode(checkpoint)]);
  const steps = (await listCheckpoints(folder)).map(({ step }) => step);
  for (const step of stepsToRemove(steps, checkpoint.step, retention)) {
    await unlinkIfThere(join(folder, checkpointName(step)));
  }
  return path;
}

/**
 * Reads one file and checks it whole.
 * @throws CheckpointDamagedError when its content is not what was saved.
 */
export async function loadCheckpoint(path: string): Promise<StoredCheckpoint> {
  const bytes = await readFile(path);
  try {
    return { path, ...decode(bytes) };
  } catch (thrown) {
    throw new CheckpointDamagedError(path, messageOf(thrown), { cause: thrown });
  }
}

/**
 * The newest checkpoint in `folder` that is whole; undefined when there is none at all.
 * @throws NoUsableCheckpointError when there are some and all are damaged.
 */
export async function latestCheckpoint(folder: string): Promise<LatestCheckpoint | undefined> {
  const damaged: CheckpointDamagedError[] = [];
  for (const { path } of (await listCheckpoints(folder)).reverse()) {
    try {
      return { ...(await loadCheckpoint(path)), damaged };
    } catch (thrown) {
      if (thrown instanceof CheckpointDamagedError) damaged.push(thrown);
      // A trainer at work may remove an old file between the listing and the reading.
      else if (!isSystemError(thrown, 'ENOENT')) throw thrown;
    }
  }
  if (damaged.length > 0) throw new NoUsableCheckpointError(folder, damaged);
  return undefined;
}

/** One copy of the tensors' bytes, with the checksum among the file's text pairs. */
function encode({ step, tensors, meta }: Checkpoint): Uint8Array {
  const metaText = JSON.stringify(meta);
  const sha256 = checksum(step, metaText, tensors);
  return writeSafetensors(tensors, new Map(Object.entries({ step: String(step), meta: metaText, sha256 })));
}

function decode(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  const [step, meta, sha256] = ['step', 'meta', 'sha256'].map((key) => metadata.get(key));
  if (step === undefined || meta === undefined || sha256 === undefined) {
    const found = [...metadata.keys()].join(', ') || 'none';
    throw new Error(`its metadata must have step, meta and sha256, got ${found}`);
  }
  const found = checksum(Number(step), meta, tensors);
  if (found !== sha256) throw new Error(`its content has SHA-256 ${found}, it was saved with ${sha256}`);
  return { step: Number(step), tensors, meta: JSON.parse(meta) as JsonObject };
}

/** Reading turns wider and narrower floats into float32, which would not be what was saved. */
function checkTypes(tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, { dtype }] of tensors) {
    if (dtype !== 'float64' && dtype !== 'float16') continue;
    throw new InvalidArgumentError(`a checkpoint holds floats as float32, ${name} is ${dtype}`);
  }
}

/** Over everything that is restored, so that a flipped bit anywhere is noticed. */
function checksum(step: number, meta: string, tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256').update(JSON.stringify([step, meta]));
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, dims, data } = tensors.get(name) as Tensor;
    hash.update(JSON.stringify([name, dtype, dims]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
