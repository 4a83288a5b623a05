import { expect, test } from 'vitest';
import { drawGrid } from './grid.ts';
import { blankPixels, type Pixels } from './pixels.ts';

const dot = (value: number, width = 1, height = 1) => blankPixels({ width, height }, [value, value, value]);

function drawn(grid: Pixels): number[][] {
  return Array.from({ length: grid.height }, (_, row) =>
    Array.from({ length: grid.width }, (_, column) => grid.data[(row * grid.width + column) * 3] as number),
  );
}

test('pictures stand in rows with gaps between and none around', () => {
  const grid = drawGrid(
    [
      [dot(1), dot(2)],
      [dot(3), dot(4)],
    ],
    { gap: 1, background: [9, 9, 9] },
  );
  expect(drawn(grid)).toEqual([
    [1, 9, 2],
    [9, 9, 9],
    [3, 9, 4],
  ]);
});

test('columns and rows are as large as their largest picture; smaller ones are centred, missing ones background', () => {
  const grid = drawGrid([[dot(1, 3, 3), dot(2)], [dot(3)]], { gap: 0, background: [9, 9, 9] });
  expect(drawn(grid)).toEqual([
    [1, 1, 1, 9],
    [1, 1, 1, 2],
    [1, 1, 1, 9],
    [9, 3, 9, 9],
  ]);
});

test('gaps are white and two pixels wide unless told otherwise', () => {
  expect(drawn(drawGrid([[dot(1), dot(2)]]))).toEqual([[1, 255, 255, 2]]);
});

test('a grid needs a picture and a whole gap', () => {
  expect(() => drawGrid([])).toThrow(/needs a picture/);
  expect(() => drawGrid([[], []])).toThrow(/needs a picture, got 2 empty rows/);
  expect(() => drawGrid([[dot(1)]], { gap: -1 })).toThrow(/at least 0, got -1/);
});
