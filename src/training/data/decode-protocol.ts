import type { Augmentation, Planes } from './augment.ts';
import type { DatasetFolder, UnalignedDataset } from './dataset.ts';

/** What a decoding thread is started with. */
export interface DecoderSettings {
  /** Folder that the paths of the dataset are below. */
  readonly root: string;
  readonly dataset: UnalignedDataset;
  /** Bytes of decoded pictures that this thread may keep. */
  readonly cacheBytes: number;
}

/** One picture wanted as a tensor. */
export interface PictureRequest {
  readonly folder: DatasetFolder;
  /** Into the paths of the folder. */
  readonly index: number;
  readonly augmentation: Augmentation;
  /** Key of the random stream of crop and flip: seed, then labels. */
  readonly randomKey: readonly [seed: number, ...labels: (string | number)[]];
  /**
   * For training, a broken picture is replaced by the next one of the folder that is not (after the last, the first),
   * and what was decoded is kept for the next epoch.
   */
  readonly training: boolean;
}

/** A picture that could not be used, by its path below the root. */
export interface SkippedPicture {
  readonly file: string;
  readonly reason: string;
}

export interface PicturePlanes extends Planes {
  /** Path below the root of the picture that this really is. */
  readonly file: string;
}

/** Answer to a request. */
export interface PictureAnswer {
  /** Undefined when no picture was left to try. */
  readonly picture: PicturePlanes | undefined;
  /** Met on the way, in order; a broken picture is named each time it is met. */
  readonly skipped: readonly SkippedPicture[];
}

export type MessageToDecoder = { readonly id: number; readonly request: PictureRequest } | 'close';

/** `failure` is a fault of ours, not of a picture. */
export type MessageFromDecoder =
  | { readonly id: number; readonly answer: PictureAnswer }
  | { readonly id: number; readonly failure: string };
