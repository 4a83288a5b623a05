import { InvalidArgumentError } from '../core/errors.ts';

/** Width and height in pixels, both at least 1. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A decoded picture: sRGB, 8 bits a channel, row-major `[height, width, 3]` (HWC), 0..255. */
export interface Pixels extends Size {
  readonly data: Uint8Array;
}

/** Red, green, blue, 0..255. */
export type Colour = readonly [red: number, green: number, blue: number];

export const channels = 3;

/** `256x192`, as messages name a size. */
export function describeSize(size: Size): string {
  return `${size.width}x${size.height}`;
}

/** @throws InvalidArgumentError when a side is not a whole number of at least one pixel */
export function requireSize(size: Size, what: string): void {
  if (Number.isInteger(size.width) && Number.isInteger(size.height) && size.width > 0 && size.height > 0)
    return;
  throw new InvalidArgumentError(
    `${what} must be a whole number of pixels, at least 1x1, got ${describeSize(size)}`,
  );
}

/**
 * Checked constructor over existing bytes, which are not copied.
 * @throws InvalidArgumentError when the number of bytes is not width x height x 3
 */
export function pixelsFrom(size: Size, data: Uint8Array): Pixels {
  requireSize(size, 'the size of a picture');
  const expected = size.width * size.height * channels;
  if (data.length !== expected) {
    throw new InvalidArgumentError(
      `an RGB picture of ${describeSize(size)} has ${expected} bytes, got ${data.length}`,
    );
  }
  return { width: size.width, height: size.height, data };
}

/** A picture of one colour. */
export function blankPixels(size: Size, colour: Colour = [0, 0, 0]): Pixels {
  requireSize(size, 'the size of a picture');
  const data = new Uint8Array(size.width * size.height * channels);
  const [red, green, blue] = colour;
  // Greys, white above all, are a fill: a hundred times faster than pixel by pixel.
  if (red === green && green === blue) data.fill(red);
  else for (let offset = 0; offset < data.length; offset += channels) data.set(colour, offset);
  return { width: size.width, height: size.height, data };
}
