import type { FeatureNetwork } from './feature-network.ts';
import type { Figure } from './figure.ts';
import type { MetricName } from './metrics.ts';
import type { PictureSet } from './picture-set.ts';
import { setFigures } from './set-figures.ts';
import { measureSet } from './statistics-cache.ts';

/** Pictures that were made otherwise than by translation, and what they are to look like. */
export interface MadeSet {
  /** What they are, as figures name them. */
  readonly of: string;
  readonly made: PictureSet;
  readonly target: PictureSet;
  /** Whether the target's pictures are those of a dataset, so that their statistics will be wanted again. */
  readonly lasting?: boolean;
  /** Real pictures that are measured beside them. */
  readonly baseline?: PictureSet;
}

interface MadeSetRequest {
  readonly made?: readonly MadeSet[];
  readonly wanted: ReadonlySet<MetricName>;
  readonly seed: number;
  readonly cache?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

const compared: readonly MetricName[] = ['fid', 'kid'];

/** FID and KID of each set in the features of an extractor, of those that are wanted. */
export async function madeSetFigures(
  { made = [], wanted, seed, cache, signal, onProgress }: MadeSetRequest,
  network: FeatureNetwork,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { of, lasting = false, ...sets } of made) {
    const measure = (set: PictureSet, keep = false) =>
      measureSet(set, network, {
        signal,
        cache: keep ? cache : undefined,
        onProgress: (done, all) =>
          onProgress?.(`${network.extractor.name}: ${done} of ${all} measured of ${of}`),
      });
    const measured = {
      translated: await measure(sets.made),
      untranslated: sets.baseline && (await measure(sets.baseline)),
      target: await measure(sets.target, lasting),
    };
    const these = new Set(compared.filter((name) => wanted.has(name)));
    const found = await setFigures(network, measured, { wanted: these, seed });
    figures.push(...found.map((figure) => ({ ...figure, of })));
  }
  return figures;
}
