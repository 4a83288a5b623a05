import { describe, expect, test } from 'vitest';
import { resizeBicubic } from './bicubic.ts';
import { blankPixels, type Pixels, pixelsFrom, type Size } from './pixels.ts';
import { resizeTo } from './resize.ts';

/** Smooth, like a photograph, so that differences tell of the kernel and not of aliasing. */
function waves(size: Size): Pixels {
  const picture = blankPixels(size);
  for (let index = 0; index < size.width * size.height; index++) {
    const x = index % size.width;
    const y = Math.floor(index / size.width);
    const value = 128 + 60 * Math.sin(x / 9) + 60 * Math.cos(y / 7 + x / 31);
    picture.data.set([value, 255 - value, value / 2], index * 3);
  }
  return picture;
}

function meanDifference(left: Pixels, right: Pixels): number {
  expect(left).toMatchObject({ width: right.width, height: right.height });
  const total = left.data.reduce(
    (sum, value, index) => sum + Math.abs(value - (right.data[index] as number)),
    0,
  );
  return total / left.data.length;
}

describe('resizeTo', () => {
  const source = waves({ width: 300, height: 200 });

  test.each([
    { width: 290, height: 190 },
    { width: 200, height: 133 },
    { width: 100, height: 66 },
    { width: 48, height: 32 },
  ])('shrinks to $width x $height as the training pipeline does', async (size) => {
    expect(meanDifference(await resizeTo(source, size), resizeBicubic(source, size))).toBeLessThan(1.5);
  });

  test('enlarges exactly as the training pipeline does: libvips would move it by half a pixel', async () => {
    const size = { width: 333, height: 222 };
    expect(await resizeTo(source, size)).toEqual(resizeBicubic(source, size));
  });

  test('shrinks one side and enlarges the other', async () => {
    const size = { width: 150, height: 400 };
    expect(meanDifference(await resizeTo(source, size), resizeBicubic(source, size))).toBeLessThan(1.5);
  });

  test('its own size is the picture itself', async () => {
    expect(await resizeTo(source, { width: 300, height: 200 })).toBe(source);
    expect(await resizeTo(source, { width: 300, height: 200 }, 'cover')).toBe(source);
  });

  test('cover keeps the middle', async () => {
    const stripes = pixelsFrom(
      { width: 6, height: 2 },
      Uint8Array.from(
        [10, 20, 30, 40, 50, 60, 10, 20, 30, 40, 50, 60].flatMap((value) => [value, value, value]),
      ),
    );
    const square = await resizeTo(stripes, { width: 2, height: 2 }, 'cover');
    expect(Array.from(square.data)).toEqual([30, 30, 30, 40, 40, 40, 30, 30, 30, 40, 40, 40]);
    const large = await resizeTo(stripes, { width: 64, height: 64 }, 'cover');
    // The kernel overshoots beside an edge by a tenth of it.
    expect([large.data[0], large.data[63 * 3]]).toEqual([29, 41]);
  });

  test('a strip is covered without making what is cut away', async () => {
    const strip = blankPixels({ width: 20_000, height: 1 }, [5, 6, 7]);
    expect(await resizeTo(strip, { width: 64, height: 64 }, 'cover')).toEqual(
      blankPixels({ width: 64, height: 64 }, [5, 6, 7]),
    );
  });

  test('refuses what is no size', async () => {
    await expect(resizeTo(source, { width: 10, height: 0 })).rejects.toThrow(/at least 1x1, got 10x0/);
  });
});
