import type { MetricName } from './metrics.ts';

/** What the translations of a picture are compared with. */
export type Against =
  | 'target set'
  | 'source'
  | 'pair'
  | 'each other'
  | 'other outputs'
  | 'code'
  | 'original'
  | 'itself';

/** One number of an evaluation; never without the extractor and the resize convention that it depends on. */
export interface Figure {
  readonly metric: MetricName;
  readonly against: Against;
  /** Name and checksum of the network that measured, where one did. */
  readonly extractor?: { readonly name: string; readonly sha256: string };
  /** How pictures came to the extractor's size, where they did. */
  readonly resize?: string;
  /** How many outputs of each picture were measured, where one has several. */
  readonly outputs?: number;
  /** What was measured, where that is not the translations: `reconstructions of summer`. */
  readonly of?: string;
  readonly better: 'lower' | 'higher';
  readonly translated: Reading;
  /** The same figure of the untranslated pictures, or of real ones in place of those that are made up. */
  readonly untranslated?: Reading;
}

export interface Reading {
  readonly value: number;
  /** Over KID's subsets, where there is more than one. */
  readonly deviation?: number;
  /** Pictures that were measured; fewer than there are where some are too small for a metric. */
  readonly pictures: number;
}

/** Everything that one run found. */
export interface Evaluation {
  readonly figures: readonly Figure[];
  /** What could not be computed, and what would help. */
  readonly missing: readonly string[];
}
