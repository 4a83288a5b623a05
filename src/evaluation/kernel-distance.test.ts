import { describe, expect, it } from 'vitest';
import { kernelDistance } from './kernel-distance.ts';
import type { Features } from './statistics.ts';
import { patternFeatures } from './testing/pattern-features.ts';

const first = patternFeatures(12, 5, 3);
const second = patternFeatures(9, 5, 8);
const head = ({ dimension, data }: Features, count: number): Features => ({
  count,
  dimension,
  data: data.subarray(0, count * dimension),
});

describe('KID', () => {
  it('is the unbiased MMD of the cubic kernel', async () => {
    // numpy, by the formula of clean-fid's kernel_distance, with all nine of each set.
    const { mean, deviation, subsetSize } = await kernelDistance(head(first, 9), second, { seed: 0 });
    expect(mean).toBeCloseTo(-0.68939723572554, 6);
    expect(deviation).toBeCloseTo(0, 12);
    expect(subsetSize).toBe(9);
  });

  it('is drawn again the same by the same seed, and otherwise by another', async () => {
    const options = { seed: 3, subsets: 5, subsetSize: 4 };
    const once = await kernelDistance(first, second, options);
    expect(await kernelDistance(first, second, options)).toEqual(once);
    expect(await kernelDistance(first, second, { ...options, seed: 4 })).not.toEqual(once);
    expect(once.deviation).toBeGreaterThan(0);
    expect(once).toMatchObject({ subsets: 5, subsetSize: 4 });
  });

  it('grows when one set is moved away', async () => {
    const moved = { ...first, data: first.data.map((value) => value + 2) };
    const far = await kernelDistance(first, moved, { seed: 0, subsets: 10 });
    const near = await kernelDistance(first, second, { seed: 0, subsets: 10 });
    expect(far.mean).toBeGreaterThan(near.mean + 1);
  });

  it('refuses what it is not defined for', async () => {
    await expect(kernelDistance(head(first, 1), second, { seed: 0 })).rejects.toThrow(
      /at least 2 pictures.*got 1/,
    );
    const other = { ...second, dimension: 3, count: 15 };
    await expect(kernelDistance(first, other, { seed: 0 })).rejects.toThrow(/of 5 and of 3 dimensions/);
  });
});
