import { InvalidArgumentError } from '../core/errors.ts';
import { sharp } from './libvips.ts';
import { type Pixels, pixelsFrom, requireSize, type Size } from './pixels.ts';

const loader = { operation: ['VipsForeignLoadSvgBuffer'] };
let rendering = 0;

/**
 * Draws an SVG document of our own making over white. Not for documents of strangers, and no part of decoding: an
 * uploaded SVG stays refused by its signature, and libvips' loader is open only while a drawing made here is rendered.
 * @param size of the picture; the document is fitted into it, in the middle, by its own aspect
 * @throws InvalidArgumentError when the document cannot be read
 */
export async function renderSvg(svg: string, size: Size): Promise<Pixels> {
  requireSize(size, 'the size to render to');
  if (rendering++ === 0) sharp.unblock(loader);
  try {
    const { data, info } = await sharp(Buffer.from(svg))
      .resize({ ...size, fit: 'contain', background: '#ffffff' })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return pixelsFrom(info, new Uint8Array(data.buffer, data.byteOffset, data.length));
  } catch (cause) {
    throw new InvalidArgumentError(`the SVG document cannot be rendered: ${svg.slice(0, 80)}`, { cause });
  } finally {
    if (--rendering === 0) sharp.block(loader);
  }
}
