import type { SamplingChoices } from '../../core/diffusion/sampling-text.ts';

/** How a picture was sampled: with the seed, what it takes to make it again. */
export interface SamplingSettings extends SamplingChoices {
  /** Steps after which its client took the picture as it was, those of earlier repeats included. */
  readonly acceptedAfter?: number;
}
