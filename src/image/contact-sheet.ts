import { drawGrid, type GridOptions } from './grid.ts';
import type { Pixels, Size } from './pixels.ts';

/**
 * Lays pictures out row by row, from left to right, as nearly square as can be; of two layouts that are equally so, the
 * wider one. Cells that are left over come last.
 * @throws InvalidArgumentError when there is no picture
 */
export function contactSheet(pictures: readonly Pixels[], options: GridOptions = {}): Pixels {
  const columns = columnsOf(pictures.length, {
    width: Math.max(...pictures.map(({ width }) => width)),
    height: Math.max(...pictures.map(({ height }) => height)),
  });
  const rows = Array.from({ length: Math.ceil(pictures.length / columns) }, (_, row) =>
    pictures.slice(row * columns, (row + 1) * columns),
  );
  return drawGrid(rows, options);
}

function columnsOf(count: number, cell: Size): number {
  let best = 1;
  let bestStretch = Number.POSITIVE_INFINITY;
  for (let columns = count; columns > 0; columns--) {
    const width = columns * cell.width;
    const height = Math.ceil(count / columns) * cell.height;
    const stretch = Math.max(width, height) / Math.min(width, height);
    if (stretch < bestStretch) {
      best = columns;
      bestStretch = stretch;
    }
  }
  return best;
}
