import { InvalidArgumentError } from '../core/errors.ts';
import { blankPixels, type Colour, type Pixels } from './pixels.ts';
import { paste } from './region.ts';

export interface GridOptions {
  /** Pixels between neighbours; there is no outer margin. Default 2. */
  readonly gap?: number;
  /** Colour of gaps and of cells without a picture. Default white. */
  readonly background?: Colour;
}

/**
 * Lays pictures out in rows, for previews of training and for model cards. A column is as wide as its widest picture,
 * a row as high as its highest; smaller pictures sit in the middle of their cell, and rows may differ in length.
 * @throws InvalidArgumentError when there is no picture, or the gap is not a whole number of pixels
 */
export function drawGrid(rows: readonly (readonly Pixels[])[], options: GridOptions = {}): Pixels {
  const { gap = 2, background = [255, 255, 255] } = options;
  if (!Number.isInteger(gap) || gap < 0) {
    throw new InvalidArgumentError(
      `the gap of a grid must be a whole number of pixels, at least 0, got ${gap}`,
    );
  }
  const columns = Math.max(0, ...rows.map((row) => row.length));
  if (columns === 0) throw new InvalidArgumentError(`a grid needs a picture, got ${rows.length} empty rows`);
  const widths = Array.from({ length: columns }, (_, column) =>
    largest(rows.map((row) => row[column]?.width ?? 0)),
  );
  const heights = rows.map((row) => largest(row.map((picture) => picture.height)));
  const canvas = blankPixels({ width: extent(widths, gap), height: extent(heights, gap) }, background);
  for (const [row, pictures] of rows.entries()) {
    for (const [column, picture] of pictures.entries()) {
      const x = extent(widths.slice(0, column), gap) + (column > 0 ? gap : 0);
      const y = extent(heights.slice(0, row), gap) + (row > 0 ? gap : 0);
      const marginX = ((widths[column] as number) - picture.width) >> 1;
      const marginY = ((heights[row] as number) - picture.height) >> 1;
      paste(picture, canvas, x + marginX, y + marginY);
    }
  }
  return canvas;
}

function largest(sides: readonly number[]): number {
  return Math.max(0, ...sides);
}

/** Pixels that cells take side by side, gaps between them included. */
function extent(sides: readonly number[], gap: number): number {
  return sides.reduce((sum, side) => sum + side, 0) + Math.max(0, sides.length - 1) * gap;
}
