import { drawPairs, euclideanDistance, featureDistance } from './diversity.ts';
import type { FeatureNetwork } from './feature-network.ts';
import type { Figure, Reading } from './figure.ts';
import { frechetDistance } from './frechet-distance.ts';
import { kernelDistance } from './kernel-distance.ts';
import { mean } from './mean.ts';
import { type MetricName, metrics } from './metrics.ts';
import type { FeatureStatistics, Features } from './statistics.ts';

/** One set in the features of an extractor. */
export interface SetFeatures {
  readonly statistics: FeatureStatistics;
  /** Undefined for statistics of other programs, which keep none. */
  readonly features: Features | undefined;
}

export interface MeasuredSets {
  readonly translated: SetFeatures;
  readonly untranslated: SetFeatures | undefined;
  readonly target: SetFeatures;
}

/** FID, KID, diversity and feature distance in the features of one extractor, of those that are wanted. */
export async function setFigures(
  network: Pick<FeatureNetwork, 'extractor' | 'resize'>,
  sets: MeasuredSets,
  { wanted, seed }: { readonly wanted: ReadonlySet<MetricName>; readonly seed: number },
): Promise<Figure[]> {
  const { target } = sets;
  const figures: Figure[] = [];
  const add = async (metric: MetricName, against: Figure['against'], read: SetReader) => {
    const figure = wanted.has(metric) ? await figureOf(sets, read) : undefined;
    if (figure === undefined) return;
    const { name, onnx } = network.extractor;
    const extractor = { name, sha256: onnx.sha256 };
    const { better } = metrics[metric];
    figures.push({ metric, against, extractor, resize: network.resize, better, ...figure });
  };
  await add('fid', 'target set', async ({ statistics, features }) => ({
    value: await frechetDistance(statistics, target.statistics),
    pictures: features?.count ?? 0,
  }));
  await add('kid', 'target set', (set) => kidReading(set.features, target.features, seed));
  await add('diversity', 'each other', async ({ features }) => features && diversityReading(features, seed));
  const source = sets.untranslated?.features;
  await add(
    'feature-distance',
    'source',
    async ({ features }) => features && source && shift(features, source),
  );
  return figures;
}

type SetReader = (set: SetFeatures) => Promise<Reading | undefined>;

async function figureOf(
  { translated, untranslated }: MeasuredSets,
  read: SetReader,
): Promise<Pick<Figure, 'translated' | 'untranslated'> | undefined> {
  const ours = await read(translated);
  const baseline = untranslated && (await read(untranslated));
  if (ours === undefined) return undefined;
  return { translated: ours, ...(baseline === undefined ? {} : { untranslated: baseline }) };
}

async function kidReading(
  features: Features | undefined,
  target: Features | undefined,
  seed: number,
): Promise<Reading | undefined> {
  if (features === undefined || target === undefined) return undefined;
  const { mean, deviation, subsets } = await kernelDistance(features, target, { seed });
  return { value: mean, ...(subsets > 1 ? { deviation } : {}), pictures: features.count };
}

function diversityReading(features: Features, seed: number): Reading | undefined {
  const pairs = drawPairs(features.count, { seed });
  if (pairs.length === 0) return undefined;
  const sum = pairs.reduce((total, pair) => total + featureDistance(features, pair), 0);
  return { value: sum / pairs.length, pictures: features.count };
}

/**
 * How far translation moves a picture. For models with a content encoder the natural measure of what stays would be
 * |E_c(x) - E_c'(G(c, z))|; but a package has the content encoder of its source domain only, which was never shown
 * pictures of the target, so that its distance would mix what was lost with what it cannot read. From outside, this
 * distance, LPIPS and edge correlation say it; they compare models with one another, as they change with style too.
 * @param source of the same pictures in the same order
 */
function shift(features: Features, source: Features): Reading {
  const { dimension, count } = features;
  const distances = Array.from({ length: count }, (_, at) => {
    const row = ({ data }: Features) => data.subarray(at * dimension, (at + 1) * dimension);
    return euclideanDistance(row(features), row(source));
  });
  return { value: mean(distances), pictures: count };
}
