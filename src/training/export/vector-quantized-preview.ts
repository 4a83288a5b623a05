import { join } from 'node:path';
import { Random } from '../../core/random.ts';
import type { Pixels, Size } from '../../image/index.ts';
import { openDataset } from '../data/index.ts';
import type { CodePainter } from './code-painter.ts';
import { gridOf, middleOf } from './preview.ts';
import { drawnStyle } from './style-distribution.ts';
import { domainOf, type Side, type VectorQuantizedModel } from './vector-quantized-networks.ts';

/** Rows of each direction. */
const rowCount = 3;
/** Translations with drawn styles in a row. */
const drawnCount = 2;

/** What the preview shows, for the card. */
export const previewText = {
  dataset: `The preview shows the first test pictures of both domains in the order of their names, not a selection, one a row: the picture, what is made of its own codes and style, a picture of the other domain, the translation in the style of that, and with ${drawnCount} drawn styles.`,
  chosen: `The preview shows chosen pictures, one a row: the picture, what is made of its own codes and style, and translations with ${drawnCount} drawn styles.`,
} as const;

/**
 * Pictures, made again and translated, as WebP: see `previewText`.
 * @param data dataset whose test pictures are shown where no `files` are given
 * @param files pictures of the source domain
 * @throws DatasetError
 */
export async function vectorQuantizedPreview(
  painter: CodePainter,
  model: VectorQuantizedModel,
  { data, size }: { readonly data: string; readonly size: Size },
  files: readonly string[],
): Promise<Uint8Array> {
  if (files.length > 0) {
    const pictures = await Promise.all(files.map((file) => middleOf(file, size)));
    return gridOf(await rowsFrom(painter, model, 'source', pictures, []));
  }
  const dataset = await openDataset(data);
  const pictures = async (side: Side) => {
    const paths = dataset[`test${domainOf(model, side)}`].slice(0, rowCount);
    return Promise.all(paths.map((path) => middleOf(join(data, path), size)));
  };
  const [source, target] = [await pictures('source'), await pictures('target')];
  return gridOf([
    ...(await rowsFrom(painter, model, 'source', source, target)),
    ...(await rowsFrom(painter, model, 'target', target, source)),
  ]);
}

/** @param others pictures of the other domain, whose styles are shown; none: only drawn styles are */
async function rowsFrom(
  painter: CodePainter,
  model: VectorQuantizedModel,
  from: Side,
  pictures: readonly Pixels[],
  others: readonly Pixels[],
): Promise<Pixels[][]> {
  const to = from === 'source' ? 'target' : 'source';
  const styles = model.styles[domainOf(model, to)];
  const rows: Pixels[][] = [];
  for (const [index, picture] of pictures.entries()) {
    const codes = await painter.codes(picture);
    const row = [picture, await painter.picture(from, codes, await painter.style(from, picture))];
    const other = others[index % others.length];
    if (other !== undefined)
      row.push(other, await painter.picture(to, codes, await painter.style(to, other)));
    for (let drawn = 0; styles !== undefined && drawn < drawnCount; drawn++) {
      const style = drawnStyle(styles, Random.of(0, 'preview styles', drawn));
      row.push(await painter.picture(to, codes, style));
    }
    rows.push(row);
  }
  return rows;
}
