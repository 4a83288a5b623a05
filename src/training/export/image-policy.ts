import type { Manifest } from '../../core/manifest.ts';

/** What is given to a network of any size has at least this many multiples of its size multiple a side. */
const fewestMultiples = 4;

/**
 * The sizes of a translator that was trained on squares. One whose size multiple is nearly as large as that, such as a
 * U-Net, takes its own size only: the smallest other size would be far from what it knows.
 * @param side in pixels
 * @param multipleOf what height and width must be multiples of
 */
export function squarePolicy(side: number, multipleOf: number): Manifest['image'] {
  return {
    width: side,
    height: side,
    flexible: side >= fewestMultiples * multipleOf,
    multipleOf,
    maximumPixels: Math.max(1024 * 1024, side * side),
  };
}

/** The sizes, for people. */
export function sizeText({ width, height, flexible }: Manifest['image']): string {
  const own = `${width}x${height} pixels`;
  return flexible ? `${own}; any size works, close to this one works best` : `${own} only`;
}
