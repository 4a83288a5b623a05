import { InvalidArgumentError } from '../core/errors.ts';

/**
 * Sum of squared differences of two pictures of equal shape, any layout.
 * @throws InvalidArgumentError when they differ in their number of values
 */
export function squaredDistance(x: Float32Array, y: Float32Array): number {
  if (x.length !== y.length) {
    throw new InvalidArgumentError(`pictures of ${x.length} and of ${y.length} values cannot be compared`);
  }
  return x.reduce((sum, value, at) => sum + (value - (y[at] as number)) ** 2, 0);
}

/** MSE of two pictures in [0, 1]: mean over channels, rows and columns, in double precision. 0 for equal ones. */
export function meanSquaredError(x: Float32Array, y: Float32Array): number {
  return squaredDistance(x, y) / x.length;
}
