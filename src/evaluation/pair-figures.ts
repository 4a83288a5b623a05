import type { Against, Figure } from './figure.ts';
import type { LpipsNetwork } from './lpips-network.ts';
import { type MetricName, metricNames, metrics } from './metrics.ts';
import { comparePairs, type PairMeans } from './picture-pairs.ts';
import type { PictureSet } from './picture-set.ts';
import type { SimilaritySessions } from './similarity-sessions.ts';

export interface PairFigureOptions {
  readonly similarity: SimilaritySessions;
  readonly networks: readonly LpipsNetwork[];
  readonly wanted: ReadonlySet<MetricName>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

interface ComparedSets {
  readonly first: PictureSet;
  /** What is compared with `second` for the untranslated column. */
  readonly baseline: PictureSet | undefined;
  readonly second: PictureSet;
}

/**
 * Metrics of two pictures, meaned over the pictures of one name. LPIPS once for each network; the others once.
 * @param against what `second` is
 */
export async function pairFigures(
  sets: ComparedSets,
  against: Against,
  options: PairFigureOptions,
): Promise<Figure[]> {
  const { wanted, networks } = options;
  const plain = new Set(
    metricNames.filter((name) => isPairMetric(name) && name !== 'lpips' && wanted.has(name)),
  );
  const figures = plain.size === 0 ? [] : await compared(sets, against, options, plain, undefined);
  if (!wanted.has('lpips')) return figures;
  for (const network of networks) {
    figures.push(...(await compared(sets, against, options, new Set<MetricName>(['lpips']), network)));
  }
  return figures;
}

function isPairMetric(name: MetricName): boolean {
  return metrics[name].kind === 'pairs';
}

async function compared(
  { first, baseline, second }: ComparedSets,
  against: Against,
  { similarity, signal, onProgress }: PairFigureOptions,
  wanted: ReadonlySet<MetricName>,
  lpips: LpipsNetwork | undefined,
): Promise<Figure[]> {
  const what = [...wanted].map((name) => metrics[name].label).join(', ');
  const run = (set: PictureSet) =>
    comparePairs(set, second, {
      similarity,
      lpips,
      wanted,
      signal,
      onProgress: (done, all) =>
        onProgress?.(`${what}: ${done} of ${all} pictures compared with the ${against}`),
    });
  const translated = await run(first);
  const untranslated = baseline && (await run(baseline));
  return [...wanted].flatMap((metric) => figureOf(metric, against, lpips, translated, untranslated));
}

function figureOf(
  metric: MetricName,
  against: Against,
  lpips: LpipsNetwork | undefined,
  translated: PairMeans,
  untranslated: PairMeans | undefined,
): Figure[] {
  const ours = translated.get(metric);
  const baseline = untranslated?.get(metric);
  if (ours === undefined) return [];
  const extractor = lpips && { name: lpips.extractor.name, sha256: lpips.extractor.onnx.sha256 };
  return [
    {
      metric,
      against,
      ...(extractor === undefined ? {} : { extractor }),
      better: metrics[metric].better,
      translated: ours,
      ...(baseline === undefined ? {} : { untranslated: baseline }),
    },
  ];
}
