import { expect, test } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { blankPixels } from './pixels.ts';

const pictures = (count: number, width: number, height: number) =>
  Array.from({ length: count }, (_, index) => blankPixels({ width, height }, [index + 1, 0, 0]));

test.each([
  ['one', 1, 10, 10, [10, 10]],
  ['two, side by side', 2, 10, 10, [20, 10]],
  ['three, with a cell left over', 3, 10, 10, [20, 20]],
  ['four', 4, 10, 10, [20, 20]],
  ['five', 5, 10, 10, [30, 20]],
  ['eight', 8, 10, 10, [30, 30]],
  ['sixteen', 16, 10, 10, [40, 40]],
  ['wide ones below each other', 4, 40, 10, [40, 40]],
  ['high ones side by side', 4, 10, 40, [40, 40]],
])('%s', (_, count, width, height, size) => {
  const sheet = contactSheet(pictures(count, width, height), { gap: 0 });
  expect([sheet.width, sheet.height]).toEqual(size);
});

test('fills row by row, with gaps, and leaves the last cell white', () => {
  const sheet = contactSheet(pictures(5, 1, 1), { gap: 1 });
  const reds = Array.from({ length: sheet.height }, (_, y) =>
    Array.from({ length: sheet.width }, (_, x) => sheet.data[3 * (y * sheet.width + x)]),
  );
  expect(reds).toEqual([
    [1, 255, 2, 255, 3],
    [255, 255, 255, 255, 255],
    [4, 255, 5, 255, 255],
  ]);
});

test('needs a picture', () => {
  expect(() => contactSheet([])).toThrow(/needs a picture/);
});
