import { InvalidArgumentError } from '../core/errors.ts';
import { bytePlanes, type Pixels, resizeBicubic } from '../image/index.ts';
import { edgeCorrelation } from './edge-correlation.ts';
import { l2Distance } from './l2-distance.ts';
import type { LpipsNetwork } from './lpips-network.ts';
import { meanSquaredError } from './mean-squared-error.ts';
import type { MetricName, metrics } from './metrics.ts';
import { peakSignalToNoise } from './peak-signal-to-noise.ts';
import { type PictureSet, readPicture, stemOf } from './picture-set.ts';
import type { SimilaritySessions } from './similarity-sessions.ts';

/** What compares pictures, opened. */
export interface PairTools {
  readonly similarity: SimilaritySessions;
  readonly lpips: LpipsNetwork | undefined;
  readonly wanted: ReadonlySet<MetricName>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/** Means over the pictures that a metric is defined for, which are counted. */
export type PairMeans = ReadonlyMap<MetricName, { readonly value: number; readonly pictures: number }>;

/** Pictures of two sets that have one name, whatever their ending. */
export function sameNames(first: PictureSet, second: PictureSet): [string, string][] {
  const byStem = new Map(second.files.map((file) => [stemOf(file), file]));
  return first.files.flatMap((file): [string, string][] => {
    const other = byStem.get(stemOf(file));
    return other === undefined ? [] : [[file, other]];
  });
}

/**
 * Compares each picture of the first set with the one of its name in the second, which is resized to its size.
 * @throws InvalidArgumentError when no name is in both
 */
export async function comparePairs(
  first: PictureSet,
  second: PictureSet,
  tools: PairTools,
): Promise<PairMeans> {
  const pairs = sameNames(first, second);
  if (pairs.length === 0) {
    throw new InvalidArgumentError(`no picture of ${first.folder} has the name of one in ${second.folder}`);
  }
  const sums = new Map<MetricName, { sum: number; pictures: number }>();
  for (const [index, [own, other]] of pairs.entries()) {
    tools.signal?.throwIfAborted();
    const x = await readPicture(first, own);
    const y = resizeBicubic(await readPicture(second, other), x);
    for (const [name, value] of Object.entries(await compareTwo(x, y, tools))) {
      if (value === undefined) continue;
      const { sum, pictures } = sums.get(name as MetricName) ?? { sum: 0, pictures: 0 };
      sums.set(name as MetricName, { sum: sum + value, pictures: pictures + 1 });
    }
    tools.onProgress?.(index + 1, pairs.length);
  }
  return new Map(
    [...sums].map(([name, { sum, pictures }]) => [name, { value: sum / pictures, pictures }] as const),
  );
}

type PairMetric = { [K in MetricName]: (typeof metrics)[K]['kind'] extends 'pairs' ? K : never }[MetricName];

/** Undefined where a metric is not wanted or not defined for pictures of this size. */
async function compareTwo(
  x: Pixels,
  y: Pixels,
  { similarity, lpips, wanted }: PairTools,
): Promise<Partial<Record<PairMetric, number | undefined>>> {
  const [unitX, unitY] = [unitPlanes(x), unitPlanes(y)];
  const structural = wanted.has('ssim') || wanted.has('ms-ssim');
  const { ssim, msSsim } = structural
    ? await similarity.measure(unitX, unitY, x)
    : { ssim: undefined, msSsim: undefined };
  const when = (name: PairMetric, value: () => number | undefined) =>
    wanted.has(name) ? value() : undefined;
  const perceptual = wanted.has('lpips') && lpips?.takes(x) ? await lpips.distance(x, y) : undefined;
  return {
    lpips: perceptual,
    ssim: when('ssim', () => ssim),
    'ms-ssim': when('ms-ssim', () => msSsim),
    psnr: when('psnr', () => peakSignalToNoise(unitX, unitY)),
    mse: when('mse', () => meanSquaredError(unitX, unitY)),
    l2: when('l2', () => l2Distance(unitX, unitY)),
    edges: when('edges', () => edgeCorrelation(unitX, unitY, x)),
  };
}

/** float32 [3, height, width] in [0, 1]. */
function unitPlanes(pixels: Pixels): Float32Array {
  return bytePlanes(pixels).map((value) => value / 255);
}
