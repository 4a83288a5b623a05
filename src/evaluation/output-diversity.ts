import type { Pixels } from '../image/index.ts';
import { drawPairs, featureDistance } from './diversity.ts';
import { extractFeatures } from './extract-features.ts';
import type { FeatureNetwork } from './feature-network.ts';
import type { Figure } from './figure.ts';
import type { LpipsNetwork } from './lpips-network.ts';
import { mean } from './mean.ts';
import { type MetricName, metrics } from './metrics.ts';
import { readPicture } from './picture-set.ts';
import type { OutputSets } from './sampled-outputs.ts';

/**
 * Diversity of the outputs of one picture, which differ by their codes only: the mean distance of their pairs, and of
 * that the mean over the pictures (Zhu et al. 2017, "Toward Multimodal Image-to-Image Translation", and Lee et
 * al. 2018, both with LPIPS as the distance). A model that ignores its code has none, noise has much: it is read beside
 * FID or KID. There is no baseline, as an untranslated picture is only one.
 */

interface OutputDiversityRequest {
  readonly outputs?: OutputSets;
  readonly wanted: ReadonlySet<MetricName>;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** A pair takes a run of its own; these are all pairs of eight outputs. */
const pairsByLpips = 28;

/** By Euclidean distance in features. */
export async function featureOutputDiversity(
  { outputs, wanted, seed, signal, onProgress }: OutputDiversityRequest,
  network: FeatureNetwork,
): Promise<Figure[]> {
  if (outputs === undefined || !wanted.has('diversity')) return [];
  const { folder, inputs, count } = outputs;
  const features = await extractFeatures({ folder, files: inputs.flat() }, network, {
    signal,
    onProgress: (done, all) => onProgress?.(`${network.extractor.name}: ${done} of ${all} outputs measured`),
  });
  const pairs = drawPairs(count, { seed });
  const distances = inputs.map((_, input) => {
    const first = input * count;
    return mean(pairs.map(([one, other]) => featureDistance(features, [first + one, first + other])));
  });
  return [{ ...figureOf(outputs, network, distances), resize: network.resize }];
}

/** By LPIPS; nothing when the pictures are too small for it. */
export async function lpipsOutputDiversity(
  { outputs, wanted, seed, signal, onProgress }: OutputDiversityRequest,
  network: LpipsNetwork,
): Promise<Figure[]> {
  if (outputs === undefined || !wanted.has('diversity')) return [];
  const { folder, inputs, count } = outputs;
  const pairs = drawPairs(count, { seed, pairs: pairsByLpips });
  const distances: number[] = [];
  for (const [at, files] of inputs.entries()) {
    const pictures = await Promise.all(files.map((file) => readPicture({ folder, files }, file)));
    if (!pictures.every((picture) => network.takes(picture))) continue;
    const ofThese: number[] = [];
    for (const pair of pairs) {
      signal?.throwIfAborted();
      const [x, y] = pair.map((output) => pictures[output] as Pixels) as [Pixels, Pixels];
      ofThese.push(await network.distance(x, y));
    }
    distances.push(mean(ofThese));
    onProgress?.(`${network.extractor.name}: outputs of ${at + 1} of ${inputs.length} pictures compared`);
  }
  return distances.length === 0 ? [] : [figureOf(outputs, network, distances)];
}

/** @param distances mean of each picture that was measured */
function figureOf(
  { count }: OutputSets,
  { extractor: { name, onnx } }: Pick<FeatureNetwork, 'extractor'> | Pick<LpipsNetwork, 'extractor'>,
  distances: readonly number[],
): Figure {
  return {
    metric: 'diversity',
    against: 'other outputs',
    extractor: { name, sha256: onnx.sha256 },
    outputs: count,
    better: metrics.diversity.better,
    translated: { value: mean(distances), pictures: distances.length },
  };
}
