import type { Features } from '../statistics.ts';

/** Features by a formula that other programs can repeat: ((31 i + 17 j + i j a) mod 23) / 10 - 0.2 (j mod 3). */
export function patternFeatures(count: number, dimension: number, a: number): Features {
  const data = Float32Array.from({ length: count * dimension }, (_, at) => {
    const [i, j] = [Math.trunc(at / dimension), at % dimension];
    return ((i * 31 + j * 17 + i * j * a) % 23) / 10 - (j % 3) * 0.2;
  });
  return { count, dimension, data };
}
