import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode, openPicture, type Pixels, renderSvg } from '../../../image/index.ts';
import { writeDatasetFolder } from '../dataset-folder.ts';
import { datasetPage } from './dataset-page.ts';
import { type Emoji, readEmojiPackages } from './emoji-packages.ts';
import type { StylePair } from './emoji-styles.ts';
import { type EmojiSplit, splitEmoji } from './split.ts';
import type { Drawing } from './style-package.ts';

export interface EmojiDatasetRequest {
  /** Folder to write; must not be there, or be empty. */
  readonly folder: string;
  /** Folder `node_modules` that holds the packages of both styles. */
  readonly modules: string;
  readonly styles: StylePair;
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
 * Writes Microsoft's Fluent emoji as an unaligned dataset, one style a domain, PNG on white. Training folders share no
 * emoji; test folders hold the same ones under the same names.
 * @returns how many pictures each folder has
 * @throws EmojiPackageError, DatasetExistsError, InvalidArgumentError; the signal's reason when it fires
 */
export async function buildEmojiDataset(request: EmojiDatasetRequest): Promise<Record<string, number>> {
  const { folder, modules, styles, test, seed, signal, progress } = request;
  const { sources, emoji } = await readEmojiPackages(modules, styles);
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
  const planned = (folder: string, emoji: readonly Emoji[], domain: 0 | 1) =>
    emoji.map(({ name, drawings }) => ({
      path: `${folder}/${name}.png`,
      draw: () => draw(drawings[domain], size),
    }));
  return [
    ...planned('trainA', trainA, 0),
    ...planned('trainB', trainB, 1),
    ...planned('testA', test, 0),
    ...planned('testB', test, 1),
  ];
}

async function draw(drawing: Drawing, size: number): Promise<Pixels> {
  const side = { width: size, height: size };
  if ('svg' in drawing) return renderSvg(drawing.svg, side);
  return (await openPicture(await readFile(drawing.file))).decode(side);
}

function countByFolder(pictures: readonly PlannedPicture[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of pictures) {
    const folder = path.split('/', 1)[0] as string;
    counts[folder] = (counts[folder] ?? 0) + 1;
  }
  return counts;
}
