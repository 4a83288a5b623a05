import type { Solver } from '../../core/diffusion/transition.ts';

/** What a request says of how its pictures are sampled, each field valid by itself. */
export interface SamplingWishes {
  /** Name of the domain that the picture is of. */
  readonly from?: string | undefined;
  readonly strength?: number | undefined;
  /** `auto`: as many as can be done until the deadline. */
  readonly steps?: number | 'auto' | undefined;
  readonly solver?: Solver | undefined;
  readonly realism?: number | undefined;
  readonly faithfulness?: number | undefined;
  readonly repeats?: number | undefined;
}

/** The fields that only make sense to models that sample. */
export const samplingFields = [
  'from',
  'strength',
  'steps',
  'solver',
  'realism',
  'faithfulness',
  'repeats',
] as const satisfies readonly (keyof SamplingWishes)[];
