import type { FeatureNetwork } from './feature-network.ts';
import { type PictureSet, readPicture } from './picture-set.ts';
import type { Features } from './statistics.ts';

export interface ExtractionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/**
 * Runs an extractor over a set of pictures, a batch at a time: only one batch of pictures is in memory.
 * @throws UnreadablePictureError; the signal's reason when it fires
 */
export async function extractFeatures(
  set: PictureSet,
  network: FeatureNetwork,
  { signal, onProgress }: ExtractionOptions = {},
): Promise<Features> {
  const { dimension } = network.extractor;
  const count = set.files.length;
  const data = new Float32Array(count * dimension);
  for (let start = 0; start < count; start += network.batch) {
    signal?.throwIfAborted();
    const files = set.files.slice(start, start + network.batch);
    const pictures = await Promise.all(files.map((file) => readPicture(set, file)));
    data.set(await network.measure(pictures), start * dimension);
    onProgress?.(start + files.length, count);
  }
  return { count, dimension, data };
}
