import { createHash } from 'node:crypto';
import path from 'node:path';
import { writeWhole } from '../core/write-whole.ts';
import { type ExtractionOptions, extractFeatures } from './extract-features.ts';
import type { FeatureNetwork } from './feature-network.ts';
import { NpyError } from './npy.ts';
import { listingHash, type PictureSet } from './picture-set.ts';
import { type FeatureStatistics, type Features, statisticsOf } from './statistics.ts';
import { readStatistics, statisticsFile } from './statistics-file.ts';

/** What FID and KID need of one set of pictures. */
export interface MeasuredSet {
  readonly statistics: FeatureStatistics;
  readonly features: Features;
}

/**
 * Features and statistics of a set; computed once for an extractor (by its checksum), a resize convention and a listing
 * of the folder, and then read from the cache. A cached file that cannot be read is made again.
 * @param cache folder of `.npz` files; undefined: nothing is kept
 */
export async function measureSet(
  set: PictureSet,
  network: FeatureNetwork,
  { cache, ...options }: ExtractionOptions & { readonly cache?: string | undefined },
): Promise<MeasuredSet> {
  const file = cache === undefined ? undefined : path.join(cache, `${await keyOf(set, network)}.npz`);
  const known = file === undefined ? undefined : await readCached(file);
  if (known !== undefined) return known;
  const features = await extractFeatures(set, network, options);
  const statistics = await statisticsOf(features);
  if (file !== undefined) await writeWhole(file, statisticsFile(statistics, features));
  return { statistics, features };
}

async function keyOf(set: PictureSet, { extractor, resize }: FeatureNetwork): Promise<string> {
  const { onnx, picture, name } = extractor;
  const parts = [onnx.sha256, onnx.output, picture, resize, await listingHash(set)];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${name}-${resize}-${hash.slice(0, 32)}`;
}

async function readCached(file: string): Promise<MeasuredSet | undefined> {
  try {
    const { statistics, features } = await readStatistics(file);
    return features && { statistics, features };
  } catch (cause) {
    if (cause instanceof NpyError) return undefined;
    throw cause;
  }
}
