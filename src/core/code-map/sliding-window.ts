import { InvalidArgumentError } from '../errors.ts';
import type { CodeSize } from './code-map.ts';

/** Where a window lies on a map, and where in it the place is that it was laid for. */
export interface WindowView {
  readonly top: number;
  readonly left: number;
  /** Of the place, counted from the window's first. */
  readonly row: number;
  readonly column: number;
}

/**
 * The window in which a place of a map is drawn (`sample_gen` of VQ-I2I, after Esser et al. 2021, section 3.3): it has the
 * place in its middle, and at a border of the map as much before or behind the middle as keeps it on the map.
 * @throws InvalidArgumentError when the map is smaller than the window
 */
export function windowAt(map: CodeSize, window: CodeSize, row: number, column: number): WindowView {
  if (map.height < window.height || map.width < window.width) {
    throw new InvalidArgumentError(
      `a map must have at least the ${window.height} x ${window.width} codes of the window, got ${map.height} x ${map.width}`,
    );
  }
  const [ownRow, ownColumn] = [
    placeInWindow(row, map.height, window.height),
    placeInWindow(column, map.width, window.width),
  ];
  return { top: row - ownRow, left: column - ownColumn, row: ownRow, column: ownColumn };
}

function placeInWindow(place: number, size: number, window: number): number {
  const middle = Math.floor(window / 2);
  if (place <= middle) return place;
  const left = size - place;
  return left < window - middle ? window - left : middle;
}
