import { squaredDistance } from './mean-squared-error.ts';

/**
 * L2 as the EGSDE paper reports it (Zhao et al. 2022, "EGSDE: Unpaired Image-to-Image Translation via Energy-Guided
 * Stochastic Differential Equations", section 5; official evaluation code): the Frobenius norm of the difference of two
 * pictures in [0, 1], not divided by their size. Its mean over pictures is what is reported.
 */
export function l2Distance(x: Float32Array, y: Float32Array): number {
  return Math.sqrt(squaredDistance(x, y));
}
