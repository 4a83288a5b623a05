import { describe, expect, it } from 'vitest';
import { resizeBicubicPlanes, resizeBilinearPlanes } from './float-resize.ts';
import { blankPixels, type Pixels, pixelsFrom, type Size } from './pixels.ts';

/** 5x7 pixels of a pattern with sharp edges. */
const pattern: Pixels = pixelsFrom(
  { width: 5, height: 7 },
  Uint8Array.from({ length: 5 * 7 * 3 }, (_, byte) => {
    const [channel, x, y] = [byte % 3, Math.trunc(byte / 3) % 5, Math.trunc(byte / 15)];
    return x * 37 + y * 91 + channel * 53 + x * y * 7;
  }),
);

/** The second of the three planes. */
function green(planes: Float32Array, { width, height }: Size): number[] {
  expect(planes).toHaveLength(3 * width * height);
  return Array.from(planes.subarray(width * height, 2 * width * height));
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(actual[at]).toBeCloseTo(value, 3);
}

const shrunk = { width: 3, height: 4 };
const enlarged = { width: 6, height: 9 };

describe('the clean convention', () => {
  // Saved from Pillow 13.0.0: each channel as an image of mode F, resize(size, BICUBIC), clipped to 0..255.
  it('shrinks as Pillow does in floating point', () => {
    const expected = [
      113.9335, 146.4412, 121.761, 134.8454, 128.7626, 129.8758, 159.4594, 127.3861, 130.6792, 148.1672,
      164.7944, 109.9572,
    ];
    expectClose(green(resizeBicubicPlanes(pattern, shrunk), shrunk), expected);
  });

  it('enlarges as Pillow does', () => {
    const first = [47.3388, 74.7242, 105.8919, 142.112, 182.2858, 208.8387];
    const last = [75.8137, 144.9442, 236.5365, 176.1262, 68.4579, 156.0088];
    const actual = green(resizeBicubicPlanes(pattern, enlarged), enlarged);
    expectClose([...actual.slice(0, 6), ...actual.slice(-6)], [...first, ...last]);
  });

  it('clips what overshoots beside an edge, and keeps fractions', () => {
    const edge = pixelsFrom(
      { width: 4, height: 1 },
      Uint8Array.from([0, 0, 255, 255].flatMap((value) => [value, value, value])),
    );
    const planes = resizeBicubicPlanes(edge, { width: 16, height: 1 });
    expect(Math.min(...planes)).toBe(0);
    expect(Math.max(...planes)).toBe(255);
    expect(planes.some((value) => !Number.isInteger(value))).toBe(true);
  });
});

describe('the legacy convention', () => {
  // Saved from PyTorch 2.15.0: F.interpolate(x / 255, size, mode='bilinear', align_corners=False) * 255.
  it('skips pixels when shrinking', () => {
    const expected = [
      100.3333, 166.375, 136.4167, 157.0, 94.125, 159.25, 171.0, 53.875, 139.4167, 142.3333, 205.625,
      108.9167,
    ];
    expectClose(green(resizeBilinearPlanes(pattern, shrunk), shrunk), expected);
  });

  it('enlarges as PyTorch does', () => {
    const first = [53.0, 80.75, 111.5833, 142.4167, 173.25, 201.0];
    const last = [87.0, 146.25, 212.0833, 171.25, 87.75, 147.0];
    const actual = green(resizeBilinearPlanes(pattern, enlarged), enlarged);
    expectClose([...actual.slice(0, 6), ...actual.slice(-6)], [...first, ...last]);
  });
});

describe.each([
  ['clean', resizeBicubicPlanes],
  ['legacy', resizeBilinearPlanes],
])('%s', (_, resize) => {
  it('leaves a picture of the size alone, and one colour as it is', () => {
    const bytes = Array.from(pattern.data).filter((__, byte) => byte % 3 === 1);
    expect(green(resize(pattern, pattern), pattern)).toEqual(bytes);
    const grey = resize(blankPixels({ width: 3, height: 9 }, [40, 80, 120]), enlarged);
    for (const value of green(grey, enlarged)) expect(value).toBeCloseTo(80, 4);
  });

  it('refuses what is no size', () => {
    expect(() => resize(pattern, { width: 0, height: 2 })).toThrow(/whole number of pixels.*got 0x2/);
  });
});
