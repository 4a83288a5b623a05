import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resizeBicubic } from './bicubic.ts';
import { blankPixels, type Colour, type Pixels, pixelsFrom, type Size } from './pixels.ts';

const side = fc.integer({ min: 1, max: 40 });
const size = fc.record({ width: side, height: side });
const byte = fc.integer({ min: 0, max: 255 });
const picture = size.chain(({ width, height }) =>
  fc
    .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
    .map((data) => pixelsFrom({ width, height }, data)),
);

/**
 * The definition in real numbers: a weighted mean of the pixels that the kernel, stretched when shrinking, reaches;
 * pixel centres are at halves, and what lies outside of the picture is left out.
 */
function resizedExactly(source: Pixels, size: Size): number[] {
  const kernel = (x: number) => {
    const t = Math.abs(x);
    if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
    return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  };
  const weights = (from: number, to: number, at: number) => {
    const scale = from / to;
    const reach = Math.max(scale, 1);
    const raw = Array.from({ length: from }, (_, index) =>
      kernel((index + 0.5 - (at + 0.5) * scale) / reach),
    );
    const sum = raw.reduce((total, value) => total + value, 0);
    return raw.map((value) => value / sum);
  };
  const clamp = (value: number) => Math.min(255, Math.max(0, value));
  const value = (x: number, y: number, channel: number) => {
    const across = weights(source.width, size.width, x);
    const down = weights(source.height, size.height, y);
    return down.reduce((total, weight, row) => {
      const line = across.reduce(
        (sum, factor, column) =>
          sum + factor * (source.data[(row * source.width + column) * 3 + channel] as number),
        0,
      );
      return total + weight * clamp(line);
    }, 0);
  };
  return Array.from({ length: size.width * size.height * 3 }, (_, index) => {
    const pixel = Math.floor(index / 3);
    return clamp(value(pixel % size.width, Math.floor(pixel / size.width), index % 3));
  });
}

describe('resizeBicubic', () => {
  test('is the cubic convolution of any picture, to any size', () => {
    fc.assert(
      fc.property(picture, size, (source, target) => {
        const actual = resizeBicubic(source, target);
        expect(actual).toMatchObject(target);
        const exact = resizedExactly(source, target);
        // Half a level is lost in each pass; the second spreads the loss of the first by its absolute weights, at most 1.25.
        const worst = exact.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (actual.data[at] as number))),
          0,
        );
        expect(worst).toBeLessThanOrEqual(0.5 + 0.5 * 1.3 + 1e-3);
      }),
      { numRuns: 60 },
    );
  });

  test('one colour stays that colour', () => {
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte), size, size, (colour, from, to) => {
        const expected = blankPixels(to, colour as Colour);
        expect(resizeBicubic(blankPixels(from, colour as Colour), to)).toEqual(expected);
      }),
    );
  });

  test('overshoot beside an edge is clamped, not wrapped', () => {
    const edge = pixelsFrom(
      { width: 4, height: 1 },
      Uint8Array.from([0, 0, 255, 255].flatMap((v) => [v, v, v])),
    );
    const enlarged = resizeBicubic(edge, { width: 16, height: 1 }).data;
    const red = Array.from({ length: 16 }, (_, index) => enlarged[index * 3] as number);
    expect(red).toEqual([...red].sort((a, b) => a - b));
    expect(red[0]).toBe(0);
    expect(red[15]).toBe(255);
  });

  test('refuses what is no size', () => {
    const source = blankPixels({ width: 2, height: 2 });
    expect(() => resizeBicubic(source, { width: 1.5, height: 2 })).toThrow(
      /whole number of pixels.*got 1.5x2/,
    );
  });
});
