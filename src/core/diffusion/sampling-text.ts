import { valueText } from '../number-text.ts';
import type { Solver } from './transition.ts';

/** How a picture is sampled, beside its seed. */
export interface SamplingChoices {
  readonly strength: number;
  readonly steps: number;
  readonly solver: Solver;
  /** lambda_s. */
  readonly realism: number;
  /** lambda_i. */
  readonly faithfulness: number;
  readonly repeats: number;
}

/** The same in words. */
export function samplingText(choices: SamplingChoices): string {
  const { strength, steps, solver, realism, faithfulness, repeats } = choices;
  const again = repeats === 1 ? '' : `, ${repeats} times`;
  return `strength ${valueText(strength)}, ${steps} ${solver} steps${again}, realism ${valueText(realism)}, faithfulness ${valueText(faithfulness)}`;
}
