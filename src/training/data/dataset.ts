import { join } from 'node:path';
import { messageOf, UnpairedError } from '../../core/errors.ts';
import { findPictures, pictureEndings } from './picture-files.ts';

/** A dataset that cannot be trained on: says which folder or picture, and what was expected there. */
export class DatasetError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'DATASET_INVALID', status: 422, ...options });
  }
}

/** The folders below the root. A is the source domain, B the target; pictures of the two are not paired. */
const datasetFolders = ['trainA', 'trainB', 'testA', 'testB'] as const;

export type DatasetFolder = (typeof datasetFolders)[number];

export type Domain = 'A' | 'B';

/** Paths of the pictures of each folder, below the root and with forward slashes, in an order that is the same everywhere. */
export type UnalignedDataset = Readonly<Record<DatasetFolder, readonly string[]>>;

/**
 * Lists an unaligned dataset. Pictures are found by name and not opened: a broken one is met when it is decoded.
 * @param root folder with the folders trainA, trainB, testA and testB
 * @throws DatasetError naming every folder that is missing or holds no picture
 */
export async function openDataset(root: string): Promise<UnalignedDataset> {
  const faults: string[] = [];
  const dataset = {} as Record<DatasetFolder, readonly string[]>;
  for (const folder of datasetFolders) {
    dataset[folder] = await listFolder(root, folder).catch((thrown: unknown) => {
      faults.push(messageOf(thrown));
      return [];
    });
  }
  if (faults.length === 0) return dataset;
  throw new DatasetError(
    `${root} is not a dataset: ${faults.join('; ')}. ` +
      `Expected pictures (${pictureEndings}) at any depth below ${datasetFolders.join(', ')}`,
  );
}

async function listFolder(root: string, folder: DatasetFolder): Promise<string[]> {
  const pictures = await findPictures(join(root, folder)).catch((cause: unknown) => {
    throw new DatasetError(`folder ${folder} ${reasonOf(cause)}`, { cause });
  });
  if (pictures.length === 0) throw new DatasetError(`folder ${folder} holds no picture`);
  return pictures.map((path) => `${folder}/${path}`);
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'is missing';
  if (code === 'ENOTDIR') return 'is not a folder';
  return `cannot be read (${messageOf(cause)})`;
}
