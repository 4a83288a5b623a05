import { describe, expect, test } from 'vitest';
import { blankPixels, type Pixels, pixelsFrom } from './pixels.ts';
import { crop, extendEdges, flipHorizontally, paste } from './region.ts';

/** A picture by the values of one channel; the other two follow from it. */
function picture(rows: readonly (readonly number[])[]): Pixels {
  const bytes = rows.flatMap((row) => row.flatMap((value) => [value, value + 100, value + 200]));
  return pixelsFrom(
    { width: (rows[0] as readonly number[]).length, height: rows.length },
    Uint8Array.from(bytes),
  );
}

const three = picture([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('regions', () => {
  test('crop', () => {
    expect(crop(three, { x: 1, y: 0, width: 2, height: 2 })).toEqual(
      picture([
        [2, 3],
        [5, 6],
      ]),
    );
    expect(crop(three, { x: 2, y: 1, width: 1, height: 1 })).toEqual(picture([[6]]));
  });

  test.each([
    { x: 2, y: 0, width: 2, height: 1 },
    { x: 0, y: 1, width: 1, height: 2 },
    { x: -1, y: 0, width: 1, height: 1 },
    { x: 0.5, y: 0, width: 1, height: 1 },
  ])('crop refuses $width x $height at $x, $y', (region) => {
    expect(() => crop(three, region)).toThrow(/is not inside a picture of 3x2/);
  });

  test('paste', () => {
    const canvas = blankPixels({ width: 3, height: 2 });
    paste(picture([[7], [8]]), canvas, 1, 0);
    expect(crop(canvas, { x: 1, y: 0, width: 1, height: 2 })).toEqual(picture([[7], [8]]));
    expect(canvas.data.filter((value) => value !== 0)).toHaveLength(6);
    expect(() => paste(three, canvas, 1, 0)).toThrow(/3x2 at \(1, 0\) is not inside a picture of 3x2/);
  });

  test('flipHorizontally', () => {
    expect(flipHorizontally(three)).toEqual(
      picture([
        [3, 2, 1],
        [6, 5, 4],
      ]),
    );
  });

  test('extendEdges repeats the last column and row', () => {
    expect(extendEdges(three, { width: 5, height: 4 })).toEqual(
      picture([
        [1, 2, 3, 3, 3],
        [4, 5, 6, 6, 6],
        [4, 5, 6, 6, 6],
        [4, 5, 6, 6, 6],
      ]),
    );
    expect(extendEdges(three, three)).toBe(three);
    expect(() => extendEdges(three, { width: 2, height: 9 })).toThrow(/is not inside a picture of 2x9/);
  });
});

test('pixelsFrom checks size and bytes', () => {
  expect(() => pixelsFrom({ width: 2, height: 2 }, new Uint8Array(4))).toThrow(/2x2 has 12 bytes, got 4/);
  expect(() => pixelsFrom({ width: 0, height: 2 }, new Uint8Array(0))).toThrow(/at least 1x1, got 0x2/);
});
