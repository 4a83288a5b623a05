import { chmod, mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UnpairedError } from '../../core/errors.ts';

/** There is something where the dataset is to be written. */
export class DatasetExistsError extends UnpairedError {
  constructor(folder: string) {
    super(`${folder} exists already: choose another folder, or remove it first`, {
      code: 'DATASET_EXISTS',
      status: 409,
    });
  }
}

/**
 * Writes a folder as a whole: `fill` writes into a hidden one beside it, which is renamed when it is complete and
 * removed when anything fails.
 * @throws DatasetExistsError when `folder` is there and not empty, before and after `fill`
 */
export async function writeDatasetFolder(
  folder: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  const target = resolve(folder);
  await requireFreeFolder(target);
  await mkdir(dirname(target), { recursive: true });
  const partial = await mkdtemp(join(dirname(target), `.${basename(target)}.partial-`));
  try {
    await fill(partial);
    // A temporary folder is its owner's alone.
    await chmod(partial, 0o755);
    await requireFreeFolder(target);
    // Windows renames over nothing, not even over an empty folder.
    await rmdir(target).catch(() => undefined);
    await rename(partial, target);
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    throw thrown;
  }
}

/** @throws DatasetExistsError when `folder` is there and not empty */
export async function requireFreeFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    // A file in its place.
    if (thrown.code === 'ENOTDIR') return ['.'];
    throw thrown;
  });
  if (entries.length > 0) throw new DatasetExistsError(folder);
}
