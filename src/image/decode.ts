import {
  type DecodeLimits,
  defaultDecodeLimits,
  ImageCorruptError,
  type PictureHeader,
  readHeader,
  readOptions,
} from './header.ts';
import type { InputFormat } from './input-format.ts';
import { sharp } from './libvips.ts';
import { type Pixels, pixelsFrom, requireSize, type Size } from './pixels.ts';
import { enlargeStep, type Fit, shrinkKernel, shrinkStep } from './resize.ts';

/** Size to decode to, and how the picture is brought to it. */
export interface DecodeTarget extends Size {
  /** Default `fill`. */
  readonly fit?: Fit;
}

/** A picture whose header was read and found acceptable, and whose pixels were not decoded yet. */
export interface Picture extends PictureHeader {
  /**
   * Decodes to sRGB with 8 bits a channel: EXIF orientation is applied, transparency is laid over white, grey becomes
   * three equal channels, CMYK and embedded ICC profiles are converted, 16 bits become 8.
   * Runs on libuv's pool, never on the JavaScript thread.
   *
   * @param target with it, large JPEG and WebP files are decoded at a fraction of their size, and only pixels of the
   *   target's size are held. Kernel: see `resizeTo`. Default: the picture's own size.
   * @throws ImageCorruptError
   */
  decode(target?: DecodeTarget): Promise<Pixels>;
}

/**
 * Reads and checks the header of one encoded picture: JPEG, PNG, WebP, AVIF, or GIF with one frame.
 * @throws ImageEmptyError, ImageFormatUnsupportedError, ImageTooLargeError, ImageAnimatedError, ImageCorruptError
 */
export async function openPicture(
  bytes: Uint8Array,
  limits: DecodeLimits = defaultDecodeLimits,
): Promise<Picture> {
  const header = await readHeader(bytes, limits);
  return { ...header, decode: (target = header) => decodePixels(bytes, header, target, limits) };
}

/**
 * Decodes one picture at its own size; `openPicture` tells how and what is accepted.
 * @throws ImageEmptyError, ImageFormatUnsupportedError, ImageTooLargeError, ImageAnimatedError, ImageCorruptError
 */
export async function decode(bytes: Uint8Array, limits: DecodeLimits = defaultDecodeLimits): Promise<Pixels> {
  return (await openPicture(bytes, limits)).decode();
}

async function decodePixels(
  bytes: Uint8Array,
  header: PictureHeader,
  target: DecodeTarget,
  limits: DecodeLimits,
): Promise<Pixels> {
  requireSize(target, 'the size to decode to');
  const { fit = 'fill' } = target;
  const picture = sharp(bytes, { ...readOptions, limitInputPixels: limits.maximumPixels, autoOrient: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
  const shrunk = shrinkStep(header, target, fit);
  if (shrunk !== undefined) picture.resize({ ...shrunk, fit, kernel: shrinkKernel });
  // sharp works on such pictures in Display P3 and leaves raw output there, unless an output profile is named.
  if (header.deepWithProfile) picture.withIccProfile('srgb', { attach: false });
  return enlargeStep(await rawPixels(picture, header.format), target, fit);
}

async function rawPixels(picture: ReturnType<typeof sharp>, format: InputFormat): Promise<Pixels> {
  try {
    const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return pixelsFrom(info, new Uint8Array(data.buffer, data.byteOffset, data.length));
  } catch (cause) {
    throw new ImageCorruptError(format, cause);
  }
}
