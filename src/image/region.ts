import { InvalidArgumentError } from '../core/errors.ts';
import { blankPixels, channels, describeSize, type Pixels, requireSize, type Size } from './pixels.ts';

/** A rectangle in a picture; x and y are the column and row of its top left pixel. */
export interface Region extends Size {
  readonly x: number;
  readonly y: number;
}

/**
 * Copies a rectangle.
 * @throws InvalidArgumentError when it is not wholly inside the picture
 */
export function crop(source: Pixels, region: Region): Pixels {
  requireInside(source, region);
  const cropped = blankPixels(region);
  const rowBytes = region.width * channels;
  for (let row = 0; row < region.height; row++) {
    const start = ((region.y + row) * source.width + region.x) * channels;
    cropped.data.set(source.data.subarray(start, start + rowBytes), row * rowBytes);
  }
  return cropped;
}

/**
 * Copies `source` into `canvas`, its top left pixel at (x, y). Changes `canvas`.
 * @throws InvalidArgumentError when it does not fit
 */
export function paste(source: Pixels, canvas: Pixels, x: number, y: number): void {
  requireInside(canvas, { x, y, width: source.width, height: source.height });
  const rowBytes = source.width * channels;
  for (let row = 0; row < source.height; row++) {
    const line = source.data.subarray(row * rowBytes, (row + 1) * rowBytes);
    canvas.data.set(line, ((y + row) * canvas.width + x) * channels);
  }
}

/** Mirrors left and right. */
export function flipHorizontally(source: Pixels): Pixels {
  const flipped = blankPixels(source);
  for (let row = 0; row < source.height; row++) {
    const start = row * source.width * channels;
    for (
      let from = start, to = start + (source.width - 1) * channels;
      to >= start;
      from += channels, to -= channels
    ) {
      flipped.data[to] = source.data[from] as number;
      flipped.data[to + 1] = source.data[from + 1] as number;
      flipped.data[to + 2] = source.data[from + 2] as number;
    }
  }
  return flipped;
}

/**
 * Grows a picture to the right and downwards by repeating its last column and row.
 * @throws InvalidArgumentError when `size` is smaller than the picture
 */
export function extendEdges(source: Pixels, size: Size): Pixels {
  requireInside(size, { x: 0, y: 0, width: source.width, height: source.height });
  if (size.width === source.width && size.height === source.height) return source;
  const extended = blankPixels(size);
  const sourceBytes = source.width * channels;
  const rowBytes = size.width * channels;
  for (let row = 0; row < source.height; row++) {
    const line = source.data.subarray(row * sourceBytes, (row + 1) * sourceBytes);
    const target = extended.data.subarray(row * rowBytes, (row + 1) * rowBytes);
    target.set(line);
    for (let offset = sourceBytes; offset < rowBytes; offset++)
      target[offset] = target[offset - channels] as number;
  }
  const lastRow = (source.height - 1) * rowBytes;
  for (let row = source.height; row < size.height; row++) {
    extended.data.copyWithin(row * rowBytes, lastRow, lastRow + rowBytes);
  }
  return extended;
}

function requireInside(frame: Size, region: Region): void {
  requireSize(region, 'the size of a region');
  const whole = Number.isInteger(region.x) && Number.isInteger(region.y);
  const inside = region.x + region.width <= frame.width && region.y + region.height <= frame.height;
  if (whole && inside && region.x >= 0 && region.y >= 0) return;
  throw new InvalidArgumentError(
    `a region of ${describeSize(region)} at (${region.x}, ${region.y}) is not inside a picture of ${describeSize(frame)}`,
  );
}
