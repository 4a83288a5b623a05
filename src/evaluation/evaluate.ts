import type { Extractor, FeatureExtractor, LpipsExtractor } from '../core/extractor.ts';
import type { SessionOptions } from '../runtime/index.ts';
import { openFeatureNetwork, type ResizeConvention } from './feature-network.ts';
import type { Evaluation, Figure } from './figure.ts';
import { lpipsDiversity } from './lpips-diversity.ts';
import { type LpipsNetwork, openLpipsNetwork } from './lpips-network.ts';
import { type MadeSet, madeSetFigures } from './made-set-figures.ts';
import { type MetricName, metrics, ofFeatures } from './metrics.ts';
import { missingNotes } from './missing-notes.ts';
import { featureOutputDiversity, lpipsOutputDiversity } from './output-diversity.ts';
import { type PairFigureOptions, pairFigures } from './pair-figures.ts';
import type { PictureSet } from './picture-set.ts';
import { type ReconstructedSet, reconstructionFigures } from './reconstruction-figures.ts';
import type { OutputSets } from './sampled-outputs.ts';
import { setFigures } from './set-figures.ts';
import { SimilaritySessions } from './similarity-sessions.ts';
import { measureSet } from './statistics-cache.ts';
import { readStatistics } from './statistics-file.ts';

/** A package of `extractors/`, or what stands for one. */
export interface Measurer<Kind extends Extractor = Extractor> {
  readonly extractor: Kind;
  /** Path of its network. */
  readonly model: string;
}

export interface EvaluationRequest {
  /** Translations, or any pictures that are to look like those of the target. */
  readonly translated: PictureSet;
  /** What was translated, by the same names in the same order: for content metrics, and as the baseline. */
  readonly source?: PictureSet;
  /** Several outputs of each of some pictures of the source, where codes choose among outputs. */
  readonly outputs?: OutputSets;
  /** Pictures of models that do more than translate. */
  readonly made?: readonly MadeSet[];
  readonly reconstructed?: readonly ReconstructedSet[];
  /** Figures that were found while translating. */
  readonly found?: readonly Figure[];
  readonly target?: PictureSet;
  /** A .npz file in place of the target's pictures, made with the extractor and the convention that are asked for. */
  readonly targetStatistics?: string;
  /** Pictures of one name in translated and target show the same. */
  readonly pairs: boolean;
  readonly extractors: readonly Measurer[];
  /** Default: that of each extractor. */
  readonly resize?: ResizeConvention;
  readonly wanted: ReadonlySet<MetricName>;
  /** Of the subsets of KID and the pairs of diversity. */
  readonly seed: number;
  readonly session: SessionOptions;
  /** Folder for statistics of sets that stay the same. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/**
 * Computes every figure that is wanted and that the extractors allow, and says what is missing.
 * @throws UnreadablePictureError, ExtractorError, NpyError, InvalidArgumentError; the signal's reason when it fires
 */
export async function evaluate(request: EvaluationRequest): Promise<Evaluation> {
  const { extractors, found = [], wanted } = request;
  const features = extractors.filter((each): each is Measurer<FeatureExtractor> => isOf(each, 'features'));
  const perceptual = extractors.filter((each): each is Measurer<LpipsExtractor> => isOf(each, 'lpips'));
  const figures = found.filter(({ metric }) => wanted.has(metric));
  for (const each of features) figures.push(...(await featureFigures(request, each)));
  figures.push(...(await comparedFigures(request, perceptual)));
  return { figures: inOrder(figures), missing: missingNotes(request, figures) };
}

function isOf({ extractor }: Measurer, kind: Extractor['kind']): boolean {
  return extractor.kind === kind;
}

/** In the order of the table of metrics; figures of one metric stay as they are. */
function inOrder(figures: readonly Figure[]): Figure[] {
  const order = Object.keys(metrics);
  return [...figures].sort((a, b) => order.indexOf(a.metric) - order.indexOf(b.metric));
}

async function featureFigures(
  request: EvaluationRequest,
  measurer: Measurer<FeatureExtractor>,
): Promise<Figure[]> {
  const { translated, source, target, targetStatistics, wanted, seed, cache, signal, onProgress } = request;
  if (!ofFeatures.some((name) => wanted.has(name))) return [];
  if (target === undefined && targetStatistics === undefined) return [];
  const network = await openFeatureNetwork(measurer, { ...request.session, resize: request.resize });
  const measure = (set: PictureSet, keep: boolean, what: string) =>
    measureSet(set, network, {
      signal,
      cache: keep ? cache : undefined,
      onProgress: (done, all) =>
        onProgress?.(`${measurer.extractor.name}: ${done} of ${all} ${what} pictures measured`),
    });
  try {
    const sets = {
      target:
        targetStatistics === undefined
          ? await measure(target as PictureSet, true, 'target')
          : await readStatistics(targetStatistics),
      untranslated: source && (await measure(source, true, 'source')),
      // With a source these are translations in a folder of the moment, which never come again.
      translated: await measure(translated, source === undefined, 'translated'),
    };
    onProgress?.(`${measurer.extractor.name}: comparing`);
    return [
      ...(await setFigures(network, sets, { wanted, seed })),
      ...(await featureOutputDiversity(request, network)),
      ...(await madeSetFigures(request, network)),
    ];
  } finally {
    await network.dispose();
  }
}

/** Everything that compares two pictures. */
async function comparedFigures(
  request: EvaluationRequest,
  perceptual: readonly Measurer<LpipsExtractor>[],
): Promise<Figure[]> {
  const { translated, source, target, pairs, reconstructed = [] } = request;
  const similarity = new SimilaritySessions(request.session);
  const networks: LpipsNetwork[] = [];
  try {
    for (const each of perceptual) networks.push(await openLpipsNetwork(each, request.session));
    const options: PairFigureOptions = { ...request, similarity, networks };
    const figures: Figure[] = [];
    for (const network of networks) {
      figures.push(...(await lpipsDiversity(request, network)));
      figures.push(...(await lpipsOutputDiversity(request, network)));
    }
    if (source !== undefined) {
      figures.push(
        ...(await pairFigures({ first: translated, baseline: source, second: source }, 'source', options)),
      );
    }
    if (pairs && target !== undefined) {
      figures.push(
        ...(await pairFigures({ first: translated, baseline: source, second: target }, 'pair', options)),
      );
    }
    figures.push(...(await reconstructionFigures(reconstructed, options)));
    return figures;
  } finally {
    await Promise.all([similarity.dispose(), ...networks.map((network) => network.dispose())]);
  }
}
