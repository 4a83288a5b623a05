import { InvalidArgumentError, UnpairedError } from '../core/errors.ts';
import { sharp } from './libvips.ts';
import { type OutputFormat, outputFormats } from './output-format.ts';
import { describeSize, type Pixels, pixelsFrom } from './pixels.ts';

export interface EncodeOptions {
  readonly format: OutputFormat;
  /** 1 (smallest) to 100 (best) for jpeg, webp and avif; refused for png. Default: that of the format's table entry. */
  readonly quality?: number;
}

/** Quality outside of 1..100, or given for a format that has none: 422. */
export class QualityInvalidError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'QUALITY_INVALID', status: 422 });
  }
}

/** The format cannot hold a picture with such a long side. */
export class OutputSizeUnsupportedError extends UnpairedError {
  constructor(format: OutputFormat, maximumSide: number, pixels: Pixels) {
    super(
      `a ${format} picture has at most ${maximumSide} pixels a side, this one is ${describeSize(pixels)}; png has no such limit`,
      { code: 'OUTPUT_SIZE_UNSUPPORTED', status: 422 },
    );
  }
}

/**
 * Encodes a picture, without metadata: sRGB is what a reader assumes. Runs on libuv's pool.
 *
 * PNG is lossless, so a quality asked for it is an error rather than something to ignore: whoever sends one believes
 * that the file will be smaller.
 *
 * @throws QualityInvalidError, OutputSizeUnsupportedError, InvalidArgumentError
 */
export async function encode(pixels: Pixels, options: EncodeOptions): Promise<Uint8Array> {
  const { width, height, data } = pixelsFrom(pixels, pixels.data);
  const { maximumSide } = outputFormats[options.format];
  if (Math.max(width, height) > maximumSide) {
    throw new OutputSizeUnsupportedError(options.format, maximumSide, pixels);
  }
  const picture = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const buffer = await withEncoder(picture, options.format, qualityOf(options)).toBuffer();
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/**
 * The quality that `encode` would use, for callers that check a request before it is run; undefined for png.
 * @throws QualityInvalidError
 */
export function qualityOf({ format, quality }: EncodeOptions): number | undefined {
  const { defaultQuality } = outputFormats[format];
  if (quality === undefined) return defaultQuality;
  if (defaultQuality === undefined) {
    throw new QualityInvalidError(
      `quality ${quality} was asked for ${format}, which is lossless and has none; leave it out or ask for jpeg, webp or avif`,
    );
  }
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new QualityInvalidError(`quality must be a whole number from 1 to 100, got ${quality}`);
  }
  return quality;
}

/**
 * Effort 2 for WebP and AVIF: at 512x512, AVIF takes a tenth of the time of libvips' default effort 4 for files
 * about a quarter larger, WebP under half of the time for the same size. JPEG keeps full colour resolution (4:4:4):
 * generated stripes and edges smear visibly without it.
 */
function withEncoder(picture: ReturnType<typeof sharp>, format: OutputFormat, quality: number | undefined) {
  const lossy = quality === undefined ? {} : { quality };
  switch (format) {
    case 'png':
      return picture.png();
    case 'jpeg':
      return picture.jpeg({ ...lossy, chromaSubsampling: '4:4:4' });
    case 'webp':
      return picture.webp({ ...lossy, effort: 2 });
    case 'avif':
      return picture.avif({ ...lossy, effort: 2 });
    default:
      throw new InvalidArgumentError(
        `expected an output format, got ${JSON.stringify(format satisfies never)}`,
      );
  }
}
