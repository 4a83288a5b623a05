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
  /** Real pictures that are measured beside them. */
  readonly baseline?: PictureSet;
}

interface MadeSetRequest {
  readonly made?: readonly MadeSet[];
  readonly wanted: ReadonlySet<MetricName>;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

const compared: readonly MetricName[] = ['fid', 'kid'];

/** FID and KID of each set in the features of an extractor, of those that are wanted. */
export async function madeSetFigures(
  { made = [], wanted, seed, signal, onProgress }: MadeSetRequest,
  network: FeatureNetwork,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { of, ...sets } of made) {
    // Most of these pictures are files of the moment, whose statistics would never be looked for again.
    const measure = (set: PictureSet) =>
      measureSet(set, network, {
        signal,
        onProgress: (done, all) =>
          onProgress?.(`${network.extractor.name}: ${done} of ${all} measured of ${of}`),
      });
    const measured = {
      translated: await measure(sets.made),
      untranslated: sets.baseline && (await measure(sets.baseline)),
      target: await measure(sets.target),
    };
    const these = new Set(compared.filter((name) => wanted.has(name)));
    const found = await setFigures(network, measured, { wanted: these, seed });
    figures.push(...found.map((figure) => ({ ...figure, of })));
  }
  return figures;
}
