import { describe, expect, test } from 'vitest';
import { blankPixels, pixelsFrom } from './pixels.ts';
import { fromPlanes, toPlanes } from './planes.ts';

const size = { width: 2, height: 1 };

describe('planes', () => {
  test('are channel by channel, from -1 to 1', () => {
    const planes = toPlanes(pixelsFrom(size, Uint8Array.of(0, 255, 51, 255, 0, 204)));
    const expected = [-1, 1, 1, -1, -0.6, 0.6];
    expected.forEach((value, index) => {
      expect(planes[index]).toBeCloseTo(value, 6);
    });
  });

  test('are written into a batch at an offset, and read from there', () => {
    const batch = new Float32Array(20).fill(9);
    const pixels = pixelsFrom(size, Uint8Array.of(0, 255, 0, 255, 0, 255));
    expect(toPlanes(pixels, batch, 6)).toBe(batch);
    expect(Array.from(batch.subarray(5, 13))).toEqual([9, -1, 1, 1, -1, -1, 1, 9]);
    expect(fromPlanes(batch, size, 6)).toEqual(pixels);
  });

  test('come back as the same bytes but for truncation, which never gains and loses at most one level', () => {
    const every = pixelsFrom(
      { width: 256, height: 1 },
      Uint8Array.from({ length: 768 }, (_, index) => index / 3),
    );
    const back = fromPlanes(toPlanes(every), every);
    every.data.forEach((value, index) => {
      const lost = value - (back.data[index] as number);
      expect(lost === 0 || lost === 1, `byte ${value} came back as ${back.data[index]}`).toBe(true);
    });
  });

  test('values out of range are clamped, not-a-number is black', () => {
    const planes = Float32Array.of(-7, 7, Number.NaN, Number.POSITIVE_INFINITY, 0, -0.001);
    expect(Array.from(fromPlanes(planes, size).data)).toEqual([0, 0, 127, 255, 255, 127]);
  });

  test('an array that is too short is refused', () => {
    expect(() => toPlanes(blankPixels(size), new Float32Array(8), 3)).toThrow(
      /take 6 elements from 3, the array has 8/,
    );
    expect(() => fromPlanes(new Float32Array(5), size)).toThrow(/take 6 elements from 0, the array has 5/);
  });
});
