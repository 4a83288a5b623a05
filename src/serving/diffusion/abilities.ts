import { solvers } from '../../core/diffusion/transition.ts';
import { mostRepeats } from '../../core/translator-schema.ts';
import type { DiffusionSampling } from '../translators/diffusion-sampling.ts';
import { largestWeight } from './plan.ts';

/** What a model that samples can be asked for, and what it does when it is not told. */
export function samplingAbilitiesOf({ sources, defaults, schedule }: DiffusionSampling) {
  const limits = {
    strength: 1,
    steps: schedule.alphaBar.length,
    realism: largestWeight,
    faithfulness: largestWeight,
    repeats: mostRepeats,
  };
  return { sources, solvers, defaults, limits };
}
