import type { Metadata, SharpOptions } from 'sharp';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { detectFormat, type InputFormat } from './input-format.ts';
import { sharp } from './libvips.ts';
import { describeSize, type Size } from './pixels.ts';
import { declaredPngFrames } from './png-frames.ts';

export interface DecodeLimits {
  /** Largest file in bytes. */
  readonly maximumBytes: number;
  /** Largest width x height in pixels, checked on the header: decoded pixels take three bytes each. */
  readonly maximumPixels: number;
}

/** Room for the pictures of today's telephones and cameras; 50 megapixels are 150 MB decoded. */
export const defaultDecodeLimits: DecodeLimits = {
  maximumBytes: 32 * 1024 * 1024,
  maximumPixels: 50_000_000,
};

/** For the user's own files: larger than what a service takes from strangers. */
export const ownFileLimits: DecodeLimits = {
  maximumBytes: 1024 ** 3,
  maximumPixels: 2 ** 28,
};

/** What a picture says of itself before its pixels are decoded. Width and height are those after EXIF orientation. */
export interface PictureHeader extends Size {
  readonly format: InputFormat;
  /** 16 bits a channel and an embedded ICC profile. */
  readonly deepWithProfile: boolean;
}

/** There are no bytes at all. */
export class ImageEmptyError extends UnpairedError {
  constructor() {
    super('the picture has 0 bytes; expected an encoded picture', { code: 'IMAGE_EMPTY', status: 422 });
  }
}

/**
 * Too many bytes or too many pixels. Both are 413: the remedy is the same (send a smaller picture), and a client
 * should not have to know that a small file can hold a large picture.
 */
export class ImageTooLargeError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'IMAGE_TOO_LARGE', status: 413 });
  }
}

/** Truncated or damaged. */
export class ImageCorruptError extends UnpairedError {
  constructor(format: InputFormat, cause: unknown) {
    super(`the ${format} picture is truncated or damaged: ${firstLine(messageOf(cause))}`, {
      code: 'IMAGE_CORRUPT',
      status: 422,
      cause,
    });
  }
}

/** More than one frame: translating only the first would lose the others without a word. */
export class ImageAnimatedError extends UnpairedError {
  constructor(format: InputFormat, frames: number) {
    super(`the ${format} picture has ${frames} frames; expected a still picture with one`, {
      code: 'IMAGE_ANIMATED',
      status: 422,
    });
  }
}

/**
 * How sharp reads. `error` refuses truncated files but not decoder warnings: pictures of widespread telephones carry
 * harmless ones (libjpeg's "Invalid SOS parameters").
 */
export const readOptions = { failOn: 'error' } as const satisfies SharpOptions;

/**
 * Reads and checks the header; costs about a millisecond whatever the picture claims to hold.
 * @throws ImageEmptyError, ImageFormatUnsupportedError, ImageTooLargeError, ImageAnimatedError, ImageCorruptError
 */
export async function readHeader(
  bytes: Uint8Array,
  limits: DecodeLimits = defaultDecodeLimits,
): Promise<PictureHeader> {
  requireBytes(bytes, limits);
  const format = detectFormat(bytes);
  const metadata = await readMetadata(bytes, format);
  const { width, height } = metadata.autoOrient;
  requirePixels({ width, height }, limits);
  requireOneFrame(bytes, format, metadata);
  const deepWithProfile = metadata.hasProfile && metadata.space === 'rgb16';
  return { format, width, height, deepWithProfile };
}

async function readMetadata(bytes: Uint8Array, format: InputFormat): Promise<Metadata> {
  try {
    // No pixel limit here, so that our own message can tell the size that was seen.
    return await sharp(bytes, { ...readOptions, limitInputPixels: false }).metadata();
  } catch (cause) {
    throw new ImageCorruptError(format, cause);
  }
}

function requireBytes(bytes: Uint8Array, limits: DecodeLimits): void {
  if (bytes.length === 0) throw new ImageEmptyError();
  if (bytes.length <= limits.maximumBytes) return;
  throw new ImageTooLargeError(
    `the picture has ${bytes.length} bytes; at most ${limits.maximumBytes} are accepted`,
  );
}

function requirePixels(size: Size, limits: DecodeLimits): void {
  const pixels = size.width * size.height;
  if (pixels <= limits.maximumPixels) return;
  throw new ImageTooLargeError(
    `the picture is ${describeSize(size)} (${pixels} pixels); at most ${limits.maximumPixels} pixels are accepted`,
  );
}

function requireOneFrame(bytes: Uint8Array, format: InputFormat, metadata: Metadata): void {
  const frames = format === 'png' ? declaredPngFrames(bytes) : (metadata.pages ?? 1);
  if (frames > 1) throw new ImageAnimatedError(format, frames);
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] || 'the decoder gave no reason';
}
