import { meanSquaredError } from './mean-squared-error.ts';

/** Added to the mean squared error, so that equal pictures get 100 dB and not infinity (official EGSDE code). */
const floor = 1e-10;

/** PSNR in decibels of two pictures in [0, 1]: 10 log10(1 / (MSE + 1e-10)); the mean over pictures is reported. */
export function peakSignalToNoise(x: Float32Array, y: Float32Array): number {
  return 10 * Math.log10(1 / (meanSquaredError(x, y) + floor));
}
