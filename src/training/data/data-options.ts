import { InvalidArgumentError } from '../../core/errors.ts';
import type { Preprocess } from '../../image/index.ts';

export interface DataOptions {
  /** Folder with trainA, trainB, testA and testB. */
  readonly root: string;
  /** Pictures of each domain in a batch, at least 1. */
  readonly batchSize: number;
  /** Batches that a step works through one after the other, each of `batchSize`; default 1. */
  readonly microBatches?: number;
  /** How pictures become equal in size; default `resize_and_crop`. */
  readonly preprocess?: Preprocess;
  /** Side in pixels that pictures are resized to before the crop. */
  readonly loadSize: number;
  /** Side in pixels of the random crop; at most `loadSize` in the modes that scale and crop. */
  readonly cropSize: number;
  /** Mirror each picture with probability 1/2. */
  readonly flip: boolean;
  readonly seed: number;
  /** Pictures in the order of their paths, in both domains, instead of at random. */
  readonly serial: boolean;
  /** Pictures of the same path below trainA and trainB come together, cut and mirrored alike; default false. */
  readonly paired?: boolean;
  /** Time after which pictures are resized straight to the crop size (published: after `n_epochs` epochs). */
  readonly plainResizeAfter?: { readonly unit: 'epochs' | 'steps'; readonly time: number };
  /** Bytes of decoded pictures that are kept, all threads together; 0 keeps none. */
  readonly cacheBytes: number;
  /** Decoding threads, at least 1. */
  readonly workers: number;
  /** Batches made in advance, at least 0. */
  readonly prefetch: number;
  /** Told of each broken picture once, however often it is met: path below the root, and why. */
  readonly onSkipped?: (file: string, reason: string) => void;
}

const smallest = {
  batchSize: 1,
  microBatches: 1,
  loadSize: 1,
  cropSize: 1,
  workers: 1,
  prefetch: 0,
  cacheBytes: 0,
} as const;

/** @throws InvalidArgumentError naming the option, what it must be, and what it is */
export function checkDataOptions(options: DataOptions): void {
  for (const [name, least] of Object.entries(smallest)) {
    const value = options[name as keyof typeof smallest] ?? least;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`${name} must be an integer of at least ${least}, got ${value}`);
    }
  }
  const { preprocess = 'resize_and_crop' } = options;
  if (preprocess.endsWith('_and_crop') && options.cropSize > options.loadSize) {
    throw new InvalidArgumentError(
      `cropSize must not be larger than loadSize, got ${options.cropSize} and ${options.loadSize}`,
    );
  }
}
