import { extname } from 'node:path';
import { DatasetError, type DatasetFolder, type UnalignedDataset } from './dataset.ts';

/** Pictures that a message names before it says how many more there are. */
const namedPictures = 3;

/** Path below its folder, without the ending: what a picture and its partner have in common. */
export function partnerName(file: string): string {
  const below = file.slice(file.indexOf('/') + 1);
  return below.slice(0, below.length - extname(below).length);
}

/**
 * The dataset with the pictures of trainB in the order of their partners in trainA: those of the same path.
 * @throws DatasetError naming the pictures that have no partner, or several
 */
export function inPairs(dataset: UnalignedDataset): UnalignedDataset {
  const partners = byName(dataset, 'trainB');
  const trainB = dataset.trainA.map((file) => partners.get(partnerName(file)));
  const names = byName(dataset, 'trainA');
  const alone = [
    ...dataset.trainA.filter((_, index) => trainB[index] === undefined),
    ...dataset.trainB.filter((file) => !names.has(partnerName(file))),
  ];
  if (alone.length === 0) return { ...dataset, trainB: trainB as string[] };
  const more = alone.length > namedPictures ? ` and ${alone.length - namedPictures} more` : '';
  throw new DatasetError(
    `paired pictures have the same path below trainA and trainB; without a partner: ${alone.slice(0, namedPictures).join(', ')}${more}`,
  );
}

function byName(dataset: UnalignedDataset, folder: DatasetFolder): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of dataset[folder]) {
    const other = files.get(partnerName(file));
    if (other !== undefined) {
      throw new DatasetError(`paired pictures differ in more than their ending; ${other} and ${file} do not`);
    }
    files.set(partnerName(file), file);
  }
  return files;
}
