import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CodeMap } from '../core/code-map/code-map.ts';
import type { FilterOptions } from '../core/code-map/code-probabilities.ts';
import type { Random } from '../core/random.ts';
import { writeWhole } from '../core/write-whole.ts';
import { decodeForModel, encode, ownFileLimits, type Pixels } from '../image/index.ts';
import type { CodeModel, Side } from './code-model.ts';
import { type PictureSet, stemOf, UnreadablePictureError } from './picture-set.ts';

/** What an evaluation of a model of codes works with. */
export interface CodeEvaluation {
  readonly model: CodeModel;
  /** Test pictures. */
  readonly pictures: Readonly<Record<Side, PictureSet>>;
  /** Folder for pictures of the moment. */
  readonly out: string;
  /** Of what is made up. */
  readonly seed: number;
  /** How codes are drawn. */
  readonly filters: FilterOptions;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** A test picture as the model has it. */
export interface HeldOutPicture {
  /** Name without ending, below the folder. */
  readonly stem: string;
  readonly map: CodeMap;
  readonly style: Float32Array;
}

/** The test pictures of a domain. */
export interface HeldOutDomain {
  /** As the model is given them. */
  readonly pictures: PictureSet;
  readonly read: readonly HeldOutPicture[];
  /** What its decoder makes of their own codes and styles, under their names. */
  readonly reconstructions: PictureSet;
}

/** Reads codes and styles out of the test pictures of a domain, and paints them again. */
export async function readHeldOut(evaluation: CodeEvaluation, side: Side): Promise<HeldOutDomain> {
  const { model, pictures, out, signal, onProgress } = evaluation;
  const domain = model.domains[side];
  const { folder, files } = pictures[side];
  const reconstructed = path.join(out, `reconstructed-${side}`);
  const read: HeldOutPicture[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    const pixels = await readForModel(path.join(folder, file), model);
    const picture = {
      stem: stemOf(file),
      map: await model.encode(pixels),
      style: await domain.style(pixels),
    };
    await writePng(reconstructed, picture.stem, await domain.paint(picture.map, picture.style));
    read.push(picture);
    onProgress(`${read.length} of ${files.length} pictures of ${domain.name} painted again`);
  }
  return {
    pictures: { folder, files, policy: model.policy },
    read,
    reconstructions: { folder: reconstructed, files: read.map(({ stem }) => pngName(stem)) },
  };
}

/** Draws styles of a domain: as they are known to be distributed, or else one of those of the test pictures. */
export function styleSource(
  { model }: CodeEvaluation,
  side: Side,
  { read }: HeldOutDomain,
): (random: Random) => Float32Array {
  const anyOfThese = (random: Random) => (read[random.integer(read.length)] as HeldOutPicture).style;
  return model.domains[side].sampleStyle ?? anyOfThese;
}

/** @throws UnreadablePictureError */
export async function readForModel(place: string, { policy }: Pick<CodeModel, 'policy'>): Promise<Pixels> {
  try {
    return (await decodeForModel(await readFile(place), { policy, limits: ownFileLimits })).pixels;
  } catch (cause) {
    throw new UnreadablePictureError(place, cause);
  }
}

export function pngName(stem: string): string {
  return `${stem}.png`;
}

export async function writePng(folder: string, stem: string, pixels: Pixels): Promise<void> {
  await writeWhole(path.join(folder, pngName(stem)), await encode(pixels, { format: 'png' }));
}
