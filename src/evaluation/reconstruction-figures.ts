import type { Figure } from './figure.ts';
import type { MetricName } from './metrics.ts';
import { type PairFigureOptions, pairFigures } from './pair-figures.ts';
import type { PictureSet } from './picture-set.ts';

/** Pictures that a model made again of what it read out of them. */
export interface ReconstructedSet {
  /** What they are, as figures name them. */
  readonly of: string;
  readonly made: PictureSet;
  /** What they were made of, by the same names. */
  readonly original: PictureSet;
}

const compared: readonly MetricName[] = ['lpips', 'ssim', 'psnr'];

/** PSNR, SSIM and LPIPS of each reconstruction and its original, of those that are wanted. */
export async function reconstructionFigures(
  sets: readonly ReconstructedSet[],
  options: PairFigureOptions,
): Promise<Figure[]> {
  const wanted = new Set(compared.filter((name) => options.wanted.has(name)));
  const figures: Figure[] = [];
  for (const { of, made, original } of sets) {
    const found = await pairFigures({ first: made, baseline: undefined, second: original }, 'original', {
      ...options,
      wanted,
    });
    figures.push(...found.map((figure) => ({ ...figure, of })));
  }
  return figures;
}
