import type { Solver } from '../../core/diffusion/transition.ts';

/** How a picture was sampled: with the seed, what it takes to make it again. */
export interface SamplingSettings {
  readonly strength: number;
  readonly steps: number;
  readonly solver: Solver;
  readonly realism: number;
  readonly faithfulness: number;
  readonly repeats: number;
  /** Steps after which its client took the picture as it was, those of earlier repeats included. */
  readonly acceptedAfter?: number;
}
