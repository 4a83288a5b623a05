import { roundHalfToEven } from '../round-half-to-even.ts';
import type { CodeSize } from './code-map.ts';
import type { WindowView } from './sliding-window.ts';

/**
 * What comes before a window's codes: its coordinates as tokens of the same vocabulary.
 * - `published`: those that are on the map of coordinates of one window, which stays as small when the map of codes is
 *   larger. A window that lies further right or down has fewer, so that its codes move to earlier positions; one that
 *   lies a whole window away has none, and cannot be drawn from.
 * - `whole`: all of them for every window, as in training.
 */
export const conditionings = ['published', 'whole'] as const;
export type Conditioning = (typeof conditionings)[number];

/**
 * Coordinates of a window as tokens (`CoordStage` of VQ-I2I): (y W + x) / (H W) of each pixel, averaged over a code's
 * pixels, times the vocabulary, rounded half to even. They depend on nothing but these sizes.
 * @param pixelsPerCode side of the square of pixels that a code stands for
 * @returns row by row, in [0, vocabulary)
 */
export function coordinateTokens(window: CodeSize, pixelsPerCode: number, vocabulary: number): number[] {
  const [height, width] = [window.height * pixelsPerCode, window.width * pixelsPerCode];
  const middle = (place: number) => place * pixelsPerCode + (pixelsPerCode - 1) / 2;
  return Array.from({ length: window.height * window.width }, (_, place) => {
    const [row, column] = [Math.floor(place / window.width), place % window.width];
    const coordinate = (middle(row) * width + middle(column)) / (height * width);
    return Math.min(roundHalfToEven(coordinate * vocabulary), vocabulary - 1);
  });
}

/** The tokens before those of a window that lies there. @param coordinates of a window, row by row */
export function conditionOf(
  coordinates: readonly number[],
  { width }: CodeSize,
  { top, left }: Pick<WindowView, 'top' | 'left'>,
  conditioning: Conditioning,
): readonly number[] {
  if (conditioning === 'whole') return coordinates;
  return coordinates.filter((_, place) => Math.floor(place / width) >= top && place % width >= left);
}
