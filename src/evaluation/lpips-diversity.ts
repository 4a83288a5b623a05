import { resizeBicubic } from '../image/index.ts';
import { drawPairs } from './diversity.ts';
import type { Figure, Reading } from './figure.ts';
import type { LpipsNetwork } from './lpips-network.ts';
import type { MetricName } from './metrics.ts';
import { type PictureSet, readPicture } from './picture-set.ts';

interface DiversityRequest {
  readonly translated: PictureSet;
  readonly source?: PictureSet;
  readonly wanted: ReadonlySet<MetricName>;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** A pair takes a run of its own, so that fewer are drawn than where features are at hand. */
const pairs = 200;

/** Diversity by LPIPS; nothing when it is not wanted, or there are no two pictures that are large enough. */
export async function lpipsDiversity(request: DiversityRequest, network: LpipsNetwork): Promise<Figure[]> {
  const { translated, source, wanted } = request;
  if (!wanted.has('diversity')) return [];
  const ours = await meanDistance(translated, network, request);
  const baseline = source && (await meanDistance(source, network, request));
  if (ours === undefined) return [];
  const { name, onnx } = network.extractor;
  return [
    {
      metric: 'diversity',
      against: 'each other',
      extractor: { name, sha256: onnx.sha256 },
      better: 'higher',
      translated: ours,
      ...(baseline === undefined ? {} : { untranslated: baseline }),
    },
  ];
}

async function meanDistance(
  set: PictureSet,
  network: LpipsNetwork,
  { seed, signal, onProgress }: DiversityRequest,
): Promise<Reading | undefined> {
  const drawn = drawPairs(set.files.length, { seed, pairs });
  let [sum, measured] = [0, 0];
  for (const [index, [first, second]] of drawn.entries()) {
    signal?.throwIfAborted();
    const x = await readPicture(set, set.files[first] as string);
    if (!network.takes(x)) continue;
    const y = resizeBicubic(await readPicture(set, set.files[second] as string), x);
    sum += await network.distance(x, y);
    measured++;
    onProgress?.(`${network.extractor.name}: ${index + 1} of ${drawn.length} pairs compared`);
  }
  return measured === 0 ? undefined : { value: sum / measured, pictures: set.files.length };
}
