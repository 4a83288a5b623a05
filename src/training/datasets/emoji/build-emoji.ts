import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode, openPicture, type Pixels, renderSvg } from '../../../image/index.ts';
import { writeDatasetFolder } from '../dataset-folder.ts';
import { datasetPage } from './dataset-page.ts';
import { type Emoji, readEmojiPackages } from './emoji-packages.ts';
import { type EmojiSplit, splitEmoji } from './split.ts';

export interface EmojiDatasetRequest {
  /** Folder to write; must not be there, or be empty. */
  readonly folder: string;
  /** Folder `node_modules` that holds both packages. */
  readonly modules: string;
  /** Side of the pictures in pixels. */
  readonly size: number;
  /** Emoji held out, the same in both domains. */
  readonly test: number;
  readonly seed: number;
  /** What was called to make it, for the page in the folder. */
  readonly command: string;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, all: number) => void;
}

/** One file of the dataset. */
interface PlannedPicture {
  readonly path: string;
  draw(): Promise<Pixels>;
}

/**
 * Writes Microsoft's Fluent emoji as an unaligned dataset: flat drawings as domain A, 3D pictures as domain B, PNG on
 * white. Training folders share no emoji; test folders hold the same ones under the same names.
 * @returns how many pictures each folder has
 * @throws EmojiPackageError, DatasetExistsError, InvalidArgumentError; the signal's reason when it fires
 */
export async function buildEmojiDataset(request: EmojiDatasetRequest): Promise<Record<string, number>> {
  const { folder, modules, test, seed, signal, progress } = request;
  const { sources, emoji } = await readEmojiPackages(modules);
  const split = splitEmoji(emoji, test, seed);
  const pictures = plannedPictures(split, request.size);
  const counts = countByFolder(pictures);
  await writeDatasetFolder(folder, async (partial) => {
    for (const name of Object.keys(counts)) await mkdir(join(partial, name));
    for (const [index, { path, draw }] of pictures.entries()) {
      signal?.throwIfAborted();
      await writeFile(join(partial, path), await encode(await draw(), { format: 'png' }));
      progress?.(index + 1, pictures.length);
    }
    await writeFile(join(partial, 'README.md'), datasetPage({ ...request, sources, counts }));
  });
  return counts;
}

function plannedPictures({ trainA, trainB, test }: EmojiSplit, size: number): PlannedPicture[] {
  const flat = (folder: string, emoji: Emoji) => ({
    path: `${folder}/${emoji.name}.png`,
    draw: () => renderSvg(emoji.svg, { width: size, height: size }),
  });
  const threeD = (folder: string, emoji: Emoji) => ({
    path: `${folder}/${emoji.name}.png`,
    draw: async () =>
      (await openPicture(await readFile(emoji.picture))).decode({ width: size, height: size }),
  });
  return [
    ...trainA.map((emoji) => flat('trainA', emoji)),
    ...trainB.map((emoji) => threeD('trainB', emoji)),
    ...test.map((emoji) => flat('testA', emoji)),
    ...test.map((emoji) => threeD('testB', emoji)),
  ];
}

function countByFolder(pictures: readonly PlannedPicture[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of pictures) {
    const folder = path.split('/', 1)[0] as string;
    counts[folder] = (counts[folder] ?? 0) + 1;
  }
  return counts;
}
