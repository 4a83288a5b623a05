import { describe, expect, test } from 'vitest';
import { animationChunk, blackPng, gifOf, pngOf } from '../testing/encoded-pictures.ts';
import { defaultDecodeLimits, readHeader } from './header.ts';
import { sharp } from './libvips.ts';

describe('limits', () => {
  test('a picture of 144 megapixels in half a megabyte is refused on its header', async () => {
    const bytes = blackPng(12_000, 12_000);
    expect(bytes.length).toBeLessThan(500_000);
    await readHeader(blackPng(8, 8));
    const started = performance.now();
    await expect(readHeader(bytes)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      status: 413,
      message: 'the picture is 12000x12000 (144000000 pixels); at most 50000000 pixels are accepted',
    });
    // Decoding takes seconds; the header about a millisecond.
    expect(performance.now() - started).toBeLessThan(100);
  });

  test('and it is refused for its size only: the file is valid', async () => {
    const limits = { ...defaultDecodeLimits, maximumPixels: 144_000_000 };
    await expect(readHeader(blackPng(12_000, 12_000), limits)).resolves.toMatchObject({ width: 12_000 });
    const small = await sharp(blackPng(700, 600)).raw().toBuffer();
    expect(small.equals(Buffer.alloc(700 * 600 * 3))).toBe(true);
  });

  test('too many bytes', async () => {
    const bytes = pngOf({ width: 1, height: 1, bitDepth: 8, colourType: 0 }, [9]);
    const limits = { ...defaultDecodeLimits, maximumBytes: bytes.length - 1 };
    await expect(readHeader(bytes, limits)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      status: 413,
      message: `the picture has ${bytes.length} bytes; at most ${bytes.length - 1} are accepted`,
    });
    await expect(readHeader(bytes, { ...limits, maximumBytes: bytes.length })).resolves.toMatchObject({
      format: 'png',
    });
  });

  test('no bytes', async () => {
    await expect(readHeader(new Uint8Array())).rejects.toMatchObject({ code: 'IMAGE_EMPTY', status: 422 });
  });
});

describe('frames', () => {
  const two = { code: 'IMAGE_ANIMATED', status: 422, message: expect.stringContaining('has 2 frames') };

  test('an animated GIF is refused, a still one is not', async () => {
    await expect(readHeader(gifOf(2))).rejects.toMatchObject(two);
    await expect(readHeader(gifOf(1))).resolves.toMatchObject({ format: 'gif', width: 1, height: 1 });
  });

  test('an animated WebP is refused', async () => {
    const frames = Buffer.from([...new Array(48).fill(0), ...new Array(48).fill(255)]);
    const bytes = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    await expect(readHeader(bytes)).rejects.toMatchObject(two);
  });

  test('an animated PNG is refused, one with a single frame is not', async () => {
    const png = (frames: number) =>
      pngOf({ width: 1, height: 1, bitDepth: 8, colourType: 0, chunks: [animationChunk(frames)] }, [9]);
    await expect(readHeader(png(2))).rejects.toMatchObject(two);
    await expect(readHeader(png(1))).resolves.toMatchObject({ format: 'png' });
  });
});

test('a signature with nothing behind it is a damaged picture', async () => {
  for (const head of [
    '\xff\xd8\xff\xe0',
    '\x89PNG\r\n\x1a\n',
    'RIFF\0\0\0\0WEBP',
    'GIF89a',
    '\0\0\0\x18ftypavif',
  ]) {
    await expect(readHeader(Buffer.from(head, 'latin1'))).rejects.toMatchObject({
      code: 'IMAGE_CORRUPT',
      status: 422,
    });
  }
});
