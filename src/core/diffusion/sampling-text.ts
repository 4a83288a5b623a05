import { valueText } from '../number-text.ts';
import type { Solver } from './transition.ts';

/** How a picture is sampled, in words. */
export function samplingText(settings: {
  readonly strength: number;
  readonly steps: number;
  readonly solver: Solver;
  readonly realism: number;
  readonly faithfulness: number;
  readonly repeats: number;
}): string {
  const { strength, steps, solver, realism, faithfulness, repeats } = settings;
  const again = repeats === 1 ? '' : `, ${repeats} times`;
  return `strength ${valueText(strength)}, ${steps} ${solver} steps${again}, realism ${valueText(realism)}, faithfulness ${valueText(faithfulness)}`;
}
