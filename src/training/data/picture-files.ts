import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

const pictureName = /\.(?:jpe?g|png|webp)$/i;

/** What the names of pictures end in, for messages. */
export const pictureEndings = 'jpg, jpeg, png, webp';

/**
 * Pictures at any depth below a folder, by ending of the name (case-insensitive), links followed.
 * Hidden files and folders are left out: they are thumbnails and resource forks that archives bring along.
 *
 * Sorted by UTF-16 units of the path with forward slashes, not by locale: the same order on every machine.
 * @returns paths below `folder`, parts joined by `/`
 * @throws the file system's error when the folder cannot be read
 */
export async function findPictures(folder: string): Promise<string[]> {
  const found: string[] = [];
  await collect(folder, '', [], found);
  return found.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

/** @param above real paths of the folders that lead here: a link to one of them would never end */
async function collect(
  root: string,
  below: string,
  above: readonly string[],
  found: string[],
): Promise<void> {
  const folder = await realpath(join(root, below));
  if (above.includes(folder)) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const target = entry.isSymbolicLink() ? await targetOf(join(folder, entry.name)) : entry;
    if (target?.isDirectory()) await collect(root, path, [...above, folder], found);
    else if (pictureName.test(entry.name)) found.push(path);
  }
}

/** A link that leads nowhere is undefined; named like a picture, it is met (and reported) when it is decoded. */
async function targetOf(link: string) {
  return stat(link).catch(() => undefined);
}
