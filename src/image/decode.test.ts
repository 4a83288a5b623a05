import { describe, expect, test } from 'vitest';
import { pngOf, profileChunk } from '../testing/encoded-pictures.ts';
import { decode, openPicture } from './decode.ts';
import { defaultDecodeLimits, ImageCorruptError, ImageTooLargeError } from './header.ts';
import { sharp } from './libvips.ts';
import { blankPixels, type Colour, type Pixels, pixelsFrom, type Size } from './pixels.ts';
import { resizeTo } from './resize.ts';

const brown: Colour = [200, 100, 50];

function raw(pixels: Pixels) {
  return sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } });
}

/** Smooth, without symmetry, and different in its channels. */
function gradient(size: Size): Pixels {
  const picture = blankPixels(size);
  for (let index = 0; index < size.width * size.height; index++) {
    const column = index % size.width;
    const row = Math.floor(index / size.width);
    picture.data.set([(column * 200) / size.width, (row * 200) / size.height, 90], index * 3);
  }
  return picture;
}

function colourAt(pixels: Pixels, column: number, row: number): number[] {
  return Array.from(pixels.data.subarray((row * pixels.width + column) * 3).subarray(0, 3));
}

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs((actual[index] as number) - (expected[index] as number));
    if (difference > Math.abs((actual[worst] as number) - (expected[worst] as number))) worst = index;
  }
  const difference = Math.abs((actual[worst] as number) - (expected[worst] as number));
  expect(difference, `at ${worst}: ${actual[worst]} against ${expected[worst]}`).toBeLessThanOrEqual(
    tolerance,
  );
}

describe('formats', () => {
  test.each(['png', 'webp', 'avif', 'jpeg', 'gif'] as const)('%s gives its pixels back', async (format) => {
    const picture = gradient({ width: 40, height: 24 });
    const options = {
      png: {},
      gif: { dither: 0 },
      webp: { lossless: true },
      avif: { quality: 100 },
      jpeg: { quality: 100 },
    };
    const bytes = await raw(picture).toFormat(format, options[format]).toBuffer();
    const decoded = await decode(bytes);
    expect(decoded).toMatchObject({ width: 40, height: 24 });
    expect(decoded.data).toHaveLength(40 * 24 * 3);
    const tolerance = { png: 0, webp: 0, avif: 4, jpeg: 4, gif: 12 }[format];
    expectNear(Array.from(decoded.data), Array.from(picture.data), tolerance);
  });

  test('bytes in the middle of a larger array', async () => {
    const bytes = await raw(gradient({ width: 8, height: 8 }))
      .png()
      .toBuffer();
    const embedded = new Uint8Array(bytes.length + 20);
    embedded.set(bytes, 10);
    const decoded = await decode(embedded.subarray(10, 10 + bytes.length));
    expect(decoded).toEqual(gradient({ width: 8, height: 8 }));
  });
});

describe('colours', () => {
  test('16 bits a channel become 8', async () => {
    const samples = [0, 257, 128 * 257, 200 * 257, 65_535, 100 * 257];
    const png = pngOf({ width: 2, height: 1, bitDepth: 16, colourType: 2 }, samples);
    expect(Array.from((await decode(png)).data)).toEqual([0, 1, 128, 200, 255, 100]);
  });

  test('grey of 1, 8 and 16 bits becomes three equal channels', async () => {
    const eight = pngOf({ width: 2, height: 1, bitDepth: 8, colourType: 0 }, [7, 200]);
    expect(Array.from((await decode(eight)).data)).toEqual([7, 7, 7, 200, 200, 200]);
    const sixteen = pngOf({ width: 2, height: 1, bitDepth: 16, colourType: 0 }, [7 * 257, 200 * 257]);
    expect(Array.from((await decode(sixteen)).data)).toEqual([7, 7, 7, 200, 200, 200]);
    const one = pngOf({ width: 2, height: 1, bitDepth: 1, colourType: 0 }, [0b0100_0000]);
    expect(Array.from((await decode(one)).data)).toEqual([0, 0, 0, 255, 255, 255]);
  });

  test('a grey JPEG becomes three equal channels', async () => {
    const grey = raw(blankPixels({ width: 8, height: 8 }, [90, 90, 90])).toColourspace('b-w');
    const bytes = await grey.jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    expectNear(Array.from((await decode(bytes)).data), new Array(192).fill(90), 1);
  });

  test.each<Colour>([
    [180, 120, 90],
    [90, 90, 90],
    [70, 110, 160],
  ])('CMYK becomes sRGB: %i %i %i', async (...colour) => {
    const bytes = await raw(blankPixels({ width: 16, height: 16 }, colour))
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const decoded = await decode(bytes);
    expect(decoded.data).toHaveLength(16 * 16 * 3);
    // There and back through the tables of a printing profile; unconverted inks would be off by a hundred.
    expectNear(colourAt(decoded, 8, 8), colour, 16);
  });

  test('transparency is laid over white, with and without colour', async () => {
    const colour = pngOf({ width: 3, height: 1, bitDepth: 8, colourType: 6 }, [
      ...brown,
      255,
      ...brown,
      128,
      ...brown,
      0,
    ]);
    const expected = [200, 100, 50, 227, 177, 152, 255, 255, 255];
    expectNear(Array.from((await decode(colour)).data), expected, 1);
    const grey = pngOf({ width: 2, height: 1, bitDepth: 8, colourType: 4 }, [100, 255, 100, 0]);
    expect(Array.from((await decode(grey)).data)).toEqual([100, 100, 100, 255, 255, 255]);
  });

  test('a palette with a transparent entry', async () => {
    const chunks = [
      { type: 'PLTE', body: Uint8Array.of(10, 20, 30, 40, 50, 60) },
      { type: 'tRNS', body: Uint8Array.of(255, 0) },
    ];
    const png = pngOf({ width: 2, height: 1, bitDepth: 8, colourType: 3, chunks }, [0, 1]);
    expect(Array.from((await decode(png)).data)).toEqual([10, 20, 30, 255, 255, 255]);
  });
});

describe('colour profiles', () => {
  async function profile(name: 'srgb' | 'p3'): Promise<Uint8Array> {
    const tagged = await raw(blankPixels({ width: 1, height: 1 }))
      .withIccProfile(name)
      .png()
      .toBuffer();
    return (await sharp(tagged).metadata()).icc as Uint8Array;
  }

  function tagged(bitDepth: 8 | 16, icc: Uint8Array): Uint8Array {
    const scale = bitDepth === 16 ? 257 : 1;
    const chunks = [profileChunk(icc)];
    return pngOf(
      { width: 1, height: 1, bitDepth, colourType: 2, chunks },
      brown.map((value) => value * scale),
    );
  }

  /** Display P3 to sRGB: both have the sRGB curve; the matrix is that of their primaries (white D65). */
  function displayP3ToSrgb(colour: Colour): number[] {
    const linear = colour.map((value) => {
      const unit = value / 255;
      return unit <= 0.04045 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
    });
    const matrix = [
      [1.2249, -0.2247, 0],
      [-0.042, 1.0419, 0],
      [-0.0196, -0.0786, 1.0979],
    ];
    return matrix.map((row) => {
      const sum = row.reduce((total, factor, index) => total + factor * (linear[index] as number), 0);
      return 255 * (sum <= 0.0031308 ? 12.92 * sum : 1.055 * sum ** (1 / 2.4) - 0.055);
    });
  }

  test.each([8, 16] as const)('sRGB, %i bits: unchanged', async (bitDepth) => {
    expectNear(Array.from((await decode(tagged(bitDepth, await profile('srgb')))).data), brown, 1);
  });

  test.each([8, 16] as const)('Display P3, %i bits: converted', async (bitDepth) => {
    const decoded = await decode(tagged(bitDepth, await profile('p3')));
    expectNear(Array.from(decoded.data), displayP3ToSrgb(brown), 2);
  });

  test('a damaged profile is ignored', async () => {
    const damaged = (await profile('p3')).subarray(0, 100);
    expectNear(Array.from((await decode(tagged(8, damaged))).data), brown, 1);
  });
});

describe('orientation', () => {
  /** Where the pixel of an upright picture is stored, by EXIF orientation (Exif 2.32, tag 0x0112). */
  const stored: Record<number, (column: number, row: number, size: Size) => [column: number, row: number]> = {
    1: (column, row) => [column, row],
    2: (column, row, { width }) => [width - 1 - column, row],
    3: (column, row, { width, height }) => [width - 1 - column, height - 1 - row],
    4: (column, row, { height }) => [column, height - 1 - row],
    5: (column, row) => [row, column],
    6: (column, row, { width }) => [row, width - 1 - column],
    7: (column, row, { width, height }) => [height - 1 - row, width - 1 - column],
    8: (column, row, { height }) => [height - 1 - row, column],
  };

  function store(upright: Pixels, orientation: number): Pixels {
    const turned = orientation > 4;
    const file = blankPixels({
      width: turned ? upright.height : upright.width,
      height: turned ? upright.width : upright.height,
    });
    for (let row = 0; row < upright.height; row++) {
      for (let column = 0; column < upright.width; column++) {
        const [x, y] = (stored[orientation] as (typeof stored)[number])(column, row, upright);
        file.data.set(colourAt(upright, column, row), (y * file.width + x) * 3);
      }
    }
    return file;
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is turned upright', async (orientation) => {
    const upright = gradient({ width: 20, height: 12 });
    const bytes = await raw(store(upright, orientation)).withMetadata({ orientation }).png().toBuffer();
    expect(await openPicture(bytes)).toMatchObject({ width: 20, height: 12 });
    expect(await decode(bytes)).toEqual(upright);
  });

  test('is applied before the target size', async () => {
    const upright = gradient({ width: 400, height: 240 });
    const bytes = await raw(store(upright, 6))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const small = await (await openPicture(bytes)).decode({ width: 40, height: 24 });
    const expected = await resizeTo(upright, { width: 40, height: 24 });
    expectNear(Array.from(small.data), Array.from(expected.data), 4);
  });
});

describe('decoding to a target size', () => {
  test.each(['jpeg', 'png', 'webp'] as const)('%s agrees with resizing afterwards', async (format) => {
    const picture = gradient({ width: 640, height: 480 });
    const bytes = await raw(picture).toFormat(format, { quality: 95 }).toBuffer();
    const opened = await openPicture(bytes);
    for (const target of [
      { width: 60, height: 44 },
      { width: 700, height: 500 },
    ]) {
      const direct = await opened.decode(target);
      const later = await resizeTo(await opened.decode(), target);
      expectNear(Array.from(direct.data), Array.from(later.data), 4);
    }
  });

  test('cover cuts the middle out, enlarged or not', async () => {
    const bytes = await raw(gradient({ width: 200, height: 100 }))
      .png()
      .toBuffer();
    const opened = await openPicture(bytes);
    for (const side of [50, 100, 300]) {
      const square = await opened.decode({ width: side, height: side, fit: 'cover' });
      expect(square).toMatchObject({ width: side, height: side });
      // Columns 50 to 149 of 200 remain, red is the column.
      expectNear([colourAt(square, 0, side >> 1)[0] as number], [50], 3);
      expectNear([colourAt(square, side - 1, side >> 1)[0] as number], [149], 3);
    }
  });

  test('refuses a target that is no size', async () => {
    const opened = await openPicture(
      await raw(gradient({ width: 8, height: 8 }))
        .png()
        .toBuffer(),
    );
    await expect(opened.decode({ width: 0, height: 8 })).rejects.toThrow(/at least 1x1, got 0x8/);
  });
});

describe('damaged pictures', () => {
  test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('a truncated %s is refused', async (format) => {
    const noise = pixelsFrom(
      { width: 64, height: 64 },
      Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 2_654_435_761) >>> 13),
    );
    const bytes = await raw(noise).toFormat(format).toBuffer();
    for (const share of [0.1, 0.5, 0.9]) {
      const failure = decode(bytes.subarray(0, Math.floor(bytes.length * share)));
      await expect(failure).rejects.toBeInstanceOf(ImageCorruptError);
      await expect(failure).rejects.toMatchObject({ code: 'IMAGE_CORRUPT', status: 422 });
      await expect(failure).rejects.toThrow(new RegExp(`^the ${format} picture is truncated or damaged: .`));
    }
  });

  test('a JPEG that lacks its last bytes only', async () => {
    const bytes = await raw(gradient({ width: 64, height: 64 }))
      .jpeg()
      .toBuffer();
    await expect(decode(bytes.subarray(0, -2))).rejects.toBeInstanceOf(ImageCorruptError);
  });

  test('a PNG with a changed byte', async () => {
    const bytes = await raw(gradient({ width: 64, height: 64 }))
      .png()
      .toBuffer();
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] as number) ^ 0x55;
    await expect(decode(bytes)).rejects.toBeInstanceOf(ImageCorruptError);
  });

  test('limits hold for decode as for the header', async () => {
    const bytes = await raw(gradient({ width: 64, height: 64 }))
      .png()
      .toBuffer();
    await expect(decode(bytes, { ...defaultDecodeLimits, maximumPixels: 4095 })).rejects.toBeInstanceOf(
      ImageTooLargeError,
    );
    await expect(decode(bytes, { ...defaultDecodeLimits, maximumPixels: 4096 })).resolves.toMatchObject({
      width: 64,
    });
  });
});
