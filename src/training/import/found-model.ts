import type { Manifest } from '../../core/manifest.ts';
import type { Pixels } from '../../image/index.ts';
import type { PackagedNetwork } from '../export/packaged-network.ts';

/** A model that was read from a file, as it goes into a package. */
export interface FoundModel {
  readonly networks: Readonly<Record<string, PackagedNetwork>>;
  readonly translator: Manifest['translator'];
  readonly image: Manifest['image'];
  /** What it was recognised as, for people. */
  readonly generator: string;
  /** Number of trained values, where that is not the sum over the networks. */
  readonly parameters?: number;
  /** Of the file that the second stage was read from, where it has one of its own; in hexadecimal digits. */
  readonly priorSha256?: string;
  /** The same of the file of a classifier. */
  readonly classifierSha256?: string;
  /** What a preview shows beside each picture, where that is not its translation. */
  readonly beside?: string;
  /**
   * Runs the networks as they go into the package, also where there are no pictures.
   * @returns each picture beside its translation, or what `beside` says
   * @throws TrialError when they do not make finite pictures
   */
  try(pictures: readonly Pixels[]): Promise<(readonly [Pixels, Pixels])[]>;
}
