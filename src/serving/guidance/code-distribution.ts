import { type AttributeCode, attributeCode, sampleCode, scaleCode } from './attribute-code.ts';

/** How the codes of a model are distributed: what is sampled, and what scaling turns about. */
export interface CodeDistribution {
  readonly mean: AttributeCode;
  /** The code that a seed has at a place. */
  sample(seed: number, place: number): AttributeCode;
  /** A code further away from the mean (above 1) or nearer to it; 0: the mean itself. */
  scale(code: AttributeCode, scale: number): AttributeCode;
}

/** z ~ N(0, I), by training. */
export function standardNormal(size: number): CodeDistribution {
  const mean = new Array<number>(size).fill(0);
  return { mean, sample: (seed, place) => sampleCode(seed, place, size), scale: scaleCode };
}

/**
 * mean + factor z, z ~ N(0, I), by measurement.
 * @param factor rows of a square matrix as large as the mean: factor times its transpose is the covariance
 */
export function normal(mean: AttributeCode, factor: readonly (readonly number[])[]): CodeDistribution {
  return {
    mean,
    sample(seed, place) {
      const z = sampleCode(seed, place, mean.length);
      return attributeCode(mean.map((middle, row) => middle + product(factor[row] ?? [], z)));
    },
    scale(code, scale) {
      if (scale === 1) return code;
      return attributeCode(mean.map((middle, index) => middle + scale * ((code[index] as number) - middle)));
    },
  };
}

function product(row: readonly number[], z: AttributeCode): number {
  return row.reduce((sum, value, index) => sum + value * (z[index] as number), 0);
}
