import { describe, expect, test } from 'vitest';
import { decode } from './decode.ts';
import { encode, OutputSizeUnsupportedError, QualityInvalidError, qualityOf } from './encode.ts';
import { sharp } from './libvips.ts';
import { outputFormatNames, outputFormats } from './output-format.ts';
import { blankPixels, pixelsFrom } from './pixels.ts';

const picture = pixelsFrom(
  { width: 48, height: 32 },
  Uint8Array.from({ length: 48 * 32 * 3 }, (_, index) => 128 + 90 * Math.sin(index / 37)),
);

describe('encode', () => {
  test.each(outputFormatNames)('%s comes back, in its media type', async (format) => {
    const bytes = await encode(picture, { format });
    expect((await sharp(bytes).metadata()).mediaType).toBe(outputFormats[format].mediaType);
    const back = await decode(bytes);
    expect(back).toMatchObject({ width: 48, height: 32 });
    const total = picture.data.reduce(
      (sum, value, index) => sum + Math.abs(value - (back.data[index] as number)),
      0,
    );
    expect(total / picture.data.length).toBeLessThanOrEqual(format === 'png' ? 0 : 8);
  });

  test.each(['jpeg', 'webp', 'avif'] as const)('%s is smaller at lower quality', async (format) => {
    const sizes = await Promise.all(
      [10, 100].map(async (quality) => (await encode(picture, { format, quality })).length),
    );
    expect(sizes[0]).toBeLessThan(sizes[1] as number);
  });

  test('writes no metadata', async () => {
    const metadata = await sharp(await encode(picture, { format: 'jpeg' })).metadata();
    expect(metadata).toMatchObject({ hasProfile: false, chromaSubsampling: '4:4:4' });
    expect(metadata.exif).toBeUndefined();
  });

  test('bytes that do not fit the size are refused', async () => {
    const broken = { width: 4, height: 4, data: new Uint8Array(47) };
    await expect(encode(broken, { format: 'png' })).rejects.toThrow(/4x4 has 48 bytes, got 47/);
  });

  test('a side that the format cannot hold is refused', async () => {
    const long = blankPixels({ width: 16_384, height: 1 });
    const failure = encode(long, { format: 'webp' });
    await expect(failure).rejects.toBeInstanceOf(OutputSizeUnsupportedError);
    await expect(failure).rejects.toThrow(
      /a webp picture has at most 16383 pixels a side, this one is 16384x1/,
    );
    await expect(encode(long, { format: 'png' })).resolves.toBeInstanceOf(Uint8Array);
  });

  test.each(['jpeg', 'webp', 'avif'] as const)('%s holds the longest side of its entry', async (format) => {
    const longest = blankPixels({ width: outputFormats[format].maximumSide, height: 1 });
    await expect(encode(longest, { format })).resolves.toBeInstanceOf(Uint8Array);
  });
});

describe('quality', () => {
  test('is the default of the format unless given', () => {
    expect(qualityOf({ format: 'jpeg' })).toBe(90);
    expect(qualityOf({ format: 'jpeg', quality: 1 })).toBe(1);
    expect(qualityOf({ format: 'png' })).toBeUndefined();
  });

  test.each([0, 101, -1, 50.5, Number.NaN])('%d is refused', async (quality) => {
    const failure = encode(picture, { format: 'webp', quality });
    await expect(failure).rejects.toBeInstanceOf(QualityInvalidError);
    await expect(failure).rejects.toMatchObject({
      code: 'QUALITY_INVALID',
      status: 422,
      message: `quality must be a whole number from 1 to 100, got ${quality}`,
    });
  });

  test('png has none', async () => {
    await expect(encode(picture, { format: 'png', quality: 80 })).rejects.toThrow(
      /quality 80 was asked for png/,
    );
  });
});
