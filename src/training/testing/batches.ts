import { uniforms } from '../../testing/samples.ts';
import type { StepContext } from '../methods/method.ts';

/** Contexts of steps `first` to `last` with pictures of noise, different for each step. */
export function noiseSteps(first: number, last: number, shape: readonly number[]): StepContext[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const iteration = first + index;
    const noise = (domain: string) => uniforms(shape, [-1, 1], domain, iteration);
    return { iteration, epoch: 1, batch: { A: noise('A'), B: noise('B') } };
  });
}
