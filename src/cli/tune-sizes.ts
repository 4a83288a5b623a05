import { InvalidArgumentError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Size } from '../image/index.ts';

/**
 * `256x256,512x384`, width first.
 * @throws InvalidArgumentError
 */
export function parseSizes(text: string): readonly Size[] {
  return text.split(',').map((part) => {
    const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(part.trim()) ?? [];
    if (width !== undefined && height !== undefined) return { width: Number(width), height: Number(height) };
    throw new InvalidArgumentError(`--sizes takes sizes as 256x256,512x384, got "${part}"`);
  });
}

/**
 * Sizes that a model is measured at: those that are asked for, if it takes any size, else its own.
 * @throws InvalidArgumentError for a size that is not one of those it takes
 */
export function measuredSizes(
  { name, image }: Manifest,
  asked: readonly Size[] | undefined,
): readonly Size[] {
  const { width, height, flexible, multipleOf, maximumPixels } = image;
  if (asked === undefined || !flexible) return [{ width, height }];
  for (const size of asked) {
    const fits = size.width % multipleOf === 0 && size.height % multipleOf === 0;
    if (fits && size.width * size.height <= maximumPixels) continue;
    throw new InvalidArgumentError(
      `model "${name}" takes sizes that are multiples of ${multipleOf} and have at most ${maximumPixels} pixels, got ${size.width}x${size.height}`,
    );
  }
  return asked;
}
