import { readdir } from 'node:fs/promises';
import path from 'node:path';

const pictureName = /\.(?:jpe?g|png|webp|avif|gif)$/i;

/**
 * Pictures at any depth below a folder, by the ending of their names, in the order of their paths. Hidden files and
 * folders are left out.
 * @param leaveOut a folder to leave out too: that of the translations, which a second run would translate
 * @returns paths below `folder`
 */
export async function picturesBelow(folder: string, leaveOut?: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const skipped = leaveOut === undefined ? undefined : path.resolve(leaveOut) + path.sep;
  return entries
    .filter((entry) => !entry.isDirectory() && pictureName.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => skipped === undefined || !path.resolve(file).startsWith(skipped))
    .map((file) => path.relative(folder, file))
    .filter((below) => !below.split(path.sep).some((part) => part.startsWith('.')))
    .sort();
}
