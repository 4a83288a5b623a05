import { resizeBicubic } from './bicubic.ts';
import { sharp } from './libvips.ts';
import { type Pixels, pixelsFrom, requireSize, type Size } from './pixels.ts';
import { crop } from './region.ts';

/** `fill` stretches to the size; `cover` keeps the aspect and cuts what stands over, equally on both sides. */
export type Fit = 'fill' | 'cover';

/**
 * Resizes with Keys' cubic kernel (a = -0.5), antialiased when shrinking, pixel centres kept in place.
 *
 * Shrinking runs in libvips, off the JavaScript thread, and is within rounding of `resizeBicubic` (a box filter that
 * comes first when shrinking a lot adds some levels). Enlarging is `resizeBicubic` itself, on this thread, since libvips
 * moves enlarged pictures by half a pixel; with the sizes that models take, that is some milliseconds.
 *
 * @throws InvalidArgumentError when the size is not a whole number of pixels
 */
export async function resizeTo(pixels: Pixels, size: Size, fit: Fit = 'fill'): Promise<Pixels> {
  requireSize(size, 'the size to resize to');
  const { width, height, data } = pixelsFrom(pixels, pixels.data);
  const shrunk = shrinkStep(pixels, size, fit);
  if (shrunk === undefined) return enlargeStep(pixels, size, fit);
  const buffer = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize({ ...shrunk, fit, kernel: shrinkKernel })
    .raw()
    .toBuffer();
  const shrunkPixels = pixelsFrom(shrunk, new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length));
  return enlargeStep(shrunkPixels, size, fit);
}

export const shrinkKernel = 'cubic';

/** The size that libvips is to make first, by the same `fit`; undefined when nothing shrinks. */
export function shrinkStep(source: Size, size: Size, fit: Fit): Size | undefined {
  if (fit === 'cover' && coverScale(source, size) > 1) return undefined;
  const width = Math.min(source.width, size.width);
  const height = Math.min(source.height, size.height);
  return width < source.width || height < source.height ? { width, height } : undefined;
}

/** What remains to be done after `shrinkStep`. */
export function enlargeStep(pixels: Pixels, size: Size, fit: Fit): Pixels {
  return resizeBicubic(fit === 'cover' ? cropToAspect(pixels, size) : pixels, size);
}

/** Above 1 when the picture must be enlarged to cover `size`. */
function coverScale(source: Size, size: Size): number {
  return Math.max(size.width / source.width, size.height / source.height);
}

/** The middle of a picture, as large as covers `size`. */
function cropToAspect(pixels: Pixels, size: Size): Pixels {
  const scale = coverScale(pixels, size);
  const width = Math.max(1, Math.round(size.width / scale));
  const height = Math.max(1, Math.round(size.height / scale));
  if (width === pixels.width && height === pixels.height) return pixels;
  return crop(pixels, { x: (pixels.width - width) >> 1, y: (pixels.height - height) >> 1, width, height });
}
