import path from 'node:path';
import { CodeMapSampling } from '../core/code-map/code-map-sampling.ts';
import { type Drawing, drawTogether } from '../core/code-map/draw-together.ts';
import { goingOnRight, type PartialMap, unknownMap } from '../core/code-map/partial-map.ts';
import { InternalError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { crop, type Pixels } from '../image/index.ts';
import { SessionSequences } from '../runtime/index.ts';
import { type CodeModel, type Side, sides } from './code-model.ts';
import {
  type CodeEvaluation,
  type HeldOutDomain,
  type HeldOutPicture,
  pngName,
  readForModel,
  styleSource,
  writePng,
} from './held-out-codes.ts';
import type { MadeSet } from './made-set-figures.ts';
import type { PictureSet } from './picture-set.ts';

type HeldOut = Readonly<Record<Side, HeldOutDomain>>;

/** Maps that are drawn together: a step of the prior costs little more for many than for one. */
const mapsAtOnce = 16;

/**
 * Pictures from nothing: maps as large as the prior's window, each painted in both domains in a style that is drawn, to be
 * compared with the test pictures of the domain.
 */
export async function generatePictures(
  evaluation: CodeEvaluation,
  heldOut: HeldOut,
  count: number,
): Promise<MadeSet[]> {
  const { model, out, seed, onProgress } = evaluation;
  const { window } = requirePrior(model).sampling;
  const folder = (side: Side) => path.join(out, `generated-${side}`);
  const names = Array.from({ length: count }, (_, index) => String(index));
  await inBatches(names, async (batch, done) => {
    const maps = await drawMaps(
      evaluation,
      batch.map((name) => ({ map: unknownMap(window), random: Random.of(seed, 'generated', name) })),
    );
    for (const [index, name] of batch.entries()) {
      for (const side of sides) {
        const style = styleSource(evaluation, side, heldOut[side])(Random.of(seed, 'style', side, name));
        await writePng(folder(side), name, await model.domains[side].paint(maps[index] as Drawn, style));
      }
    }
    onProgress(`${done} of ${count} pictures made up`);
  });
  return sides.map((side) => ({
    of: `generated ${model.domains[side].name}`,
    made: { folder: folder(side), files: names.map(pngName) },
    target: heldOut[side].pictures,
    lasting: true,
  }));
}

/**
 * Test pictures that go on to the right by half their width, in their own styles. What is added is compared with the right
 * halves of the test pictures of the domain; the baseline are their left halves: real, and of other places.
 */
export async function extendPictures(evaluation: CodeEvaluation, heldOut: HeldOut): Promise<MadeSet[]> {
  const sets: MadeSet[] = [];
  for (const side of sides) sets.push(await extendDomain(evaluation, side, heldOut[side]));
  return sets;
}

async function extendDomain(
  evaluation: CodeEvaluation,
  side: Side,
  { pictures, read }: HeldOutDomain,
): Promise<MadeSet> {
  const { model, out, seed, onProgress } = evaluation;
  const { name, paint } = model.domains[side];
  const folders = {
    made: path.join(out, `extended-${side}`),
    left: path.join(out, `left-${side}`),
    right: path.join(out, `right-${side}`),
  };
  await inBatches(read, async (batch, done) => {
    const maps = await drawMaps(
      evaluation,
      batch.map(({ map, stem }) => ({
        map: goingOnRight(map, halfOf(map.width)),
        random: Random.of(seed, 'extended', side, stem),
      })),
    );
    for (const [index, { style, stem, map }] of batch.entries()) {
      const added = halfOf(map.width) * model.pixelsPerCode;
      const wider = await paint(maps[index] as Drawn, style);
      await writePng(folders.made, stem, columns(wider, wider.width - added, added));
    }
    onProgress(`${done} of ${read.length} pictures of ${name} extended`);
  });
  for (const [index, { stem, map }] of read.entries()) {
    const own = await readForModel(path.join(pictures.folder, pictures.files[index] as string), model);
    const half = halfOf(map.width) * model.pixelsPerCode;
    await writePng(folders.left, stem, columns(own, 0, half));
    await writePng(folders.right, stem, columns(own, own.width - half, half));
  }
  const files = read.map(({ stem }: HeldOutPicture) => pngName(stem));
  const set = (folder: string): PictureSet => ({ folder, files });
  return {
    of: `extensions of ${name}`,
    made: set(folders.made),
    target: set(folders.right),
    baseline: set(folders.left),
  };
}

type Drawn = CodeMapSampling['map'];

/** Draws what is unknown of the maps. */
async function drawMaps(
  { model, filters, signal }: CodeEvaluation,
  partial: readonly { readonly map: PartialMap; readonly random: Random }[],
): Promise<Drawn[]> {
  signal.throwIfAborted();
  const { session, sampling } = requirePrior(model);
  const drawings: Drawing[] = partial.map(({ map, random }) => ({
    sampling: new CodeMapSampling(map, sampling),
    random,
  }));
  await drawTogether(drawings, new SessionSequences(session), filters);
  return drawings.map((drawing) => drawing.sampling.map);
}

function requirePrior({ prior }: CodeModel): NonNullable<CodeModel['prior']> {
  if (prior !== undefined) return prior;
  throw new InternalError('pictures are to be made up by a model without a prior');
}

async function inBatches<T>(
  items: readonly T[],
  work: (batch: readonly T[], done: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += mapsAtOnce) {
    const batch = items.slice(start, start + mapsAtOnce);
    await work(batch, start + batch.length);
  }
}

const halfOf = (width: number) => Math.ceil(width / 2);

function columns(pixels: Pixels, x: number, width: number): Pixels {
  return crop(pixels, { x, y: 0, width, height: pixels.height });
}
