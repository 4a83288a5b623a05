import { readdir } from 'node:fs/promises';
import path from 'node:path';

const pictureName = /\.(?:jpe?g|png|webp|avif|gif)$/i;

/**
 * Pictures at any depth below a folder, by the ending of their names, in the order of their paths. Hidden files and
 * folders are left out, and so is the folder that translations go to: a second run would translate those.
 * @returns paths below `folder`
 */
export async function picturesBelow(folder: string, leaveOut: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const skipped = path.resolve(leaveOut) + path.sep;
  return entries
    .filter((entry) => !entry.isDirectory() && pictureName.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.resolve(file).startsWith(skipped))
    .map((file) => path.relative(folder, file))
    .filter((below) => !below.split(path.sep).some((part) => part.startsWith('.')))
    .sort();
}
