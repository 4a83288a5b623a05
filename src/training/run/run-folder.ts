import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UnpairedError } from '../../core/errors.ts';
import { isSystemError, removePartialFiles, writeDurably } from './durable-write.ts';
import { acquireRunLock, type RunLock } from './run-lock.ts';

/** The run's config.json cannot be read. */
export class RunConfigError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'RUN_CONFIG_UNREADABLE', status: 422, ...options });
  }
}

/** Where a training run keeps what. TensorBoard's event files lie in `path` itself, so `tensorboard --logdir` finds them. */
export interface RunFolder {
  readonly path: string;
  /** The settings of the run, as JSON. */
  readonly configFile: string;
  /** `step-00012000.safetensors` and so on. */
  readonly checkpoints: string;
  /** One JSON object a line. */
  readonly metricsFile: string;
  /** Codes of the training pictures and the weights that they come from, where codes are trained on. */
  readonly codesFile: string;
  /** Preview pictures. */
  readonly previews: string;
  /** When the run was started, resumed and ended, and on what it ran: one JSON object a line. */
  readonly sittingsFile: string;
  /** The page that shows the run. */
  readonly reportFile: string;
  /** There while a trainer works here. */
  readonly lockFile: string;
}

/** Names only: touches no file. */
export function runFolder(path: string): RunFolder {
  return {
    path,
    configFile: join(path, 'config.json'),
    checkpoints: join(path, 'checkpoints'),
    metricsFile: join(path, 'metrics.jsonl'),
    codesFile: join(path, 'codes.safetensors'),
    previews: join(path, 'previews'),
    sittingsFile: join(path, 'sittings.jsonl'),
    reportFile: join(path, 'report.html'),
    lockFile: join(path, 'lock.json'),
  };
}

/**
 * Makes the folders that are missing and takes the lock; the caller releases it when training ends.
 * @throws RunFolderLockedError when another trainer works there.
 */
export async function lockRunFolder(folder: RunFolder): Promise<RunLock> {
  await mkdir(folder.path, { recursive: true });
  const lock = await acquireRunLock(folder.lockFile);
  try {
    await Promise.all([folder.checkpoints, folder.previews].map((path) => mkdir(path, { recursive: true })));
    await removePartialFiles(folder.path);
    return lock;
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

/** Writes the run's settings; a kill meanwhile leaves the old ones. */
export async function writeRunConfig(folder: RunFolder, config: object): Promise<void> {
  await writeDurably(folder.configFile, [Buffer.from(`${JSON.stringify(config, null, 2)}\n`)]);
}

/** The run's settings as they were written, for the schema to check; undefined where no run has begun. */
export async function readRunConfig(folder: RunFolder): Promise<unknown> {
  try {
    return JSON.parse(await readFile(folder.configFile, 'utf8'));
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return undefined;
    throw new RunConfigError(`${folder.configFile} cannot be read as JSON: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
