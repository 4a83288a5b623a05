import { open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Ends the name of a file that is still being written; whoever reads a folder passes such names over. */
const partialSuffix = '.partial';

/**
 * Writes `chunks`, one after the other, so that `path` holds either its old content or the whole new one, whenever the
 * process or the machine stops: a new file beside it, flushed to the disk, then renamed over `path`.
 * The chunks are handed to the system as they are; nothing is joined or copied first.
 */
export async function writeDurably(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const partial = `${path}.${process.pid}${partialSuffix}`;
  try {
    await writeAndFlush(partial, chunks);
    await rename(partial, path);
  } catch (thrown) {
    await unlinkIfThere(partial);
    throw thrown;
  }
  await flushFolder(dirname(path));
}

/** Removes what killed writers left in a folder, and tells the names; only the folder's one writer may ask. */
export async function removePartialFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(partialSuffix));
  await Promise.all(names.map((name) => unlinkIfThere(join(folder, name))));
  return names;
}

/** Deletes a file; that somebody else was faster is no error. */
export async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((thrown: unknown) => {
    if (!isSystemError(thrown, 'ENOENT')) throw thrown;
  });
}

export function isSystemError(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

async function writeAndFlush(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is on the disk only once its folder is. Windows cannot open a folder and needs no such flush. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
