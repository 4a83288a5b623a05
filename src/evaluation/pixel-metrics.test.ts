import { describe, expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { l2Distance } from './l2-distance.ts';
import { meanSquaredError } from './mean-squared-error.ts';
import { peakSignalToNoise } from './peak-signal-to-noise.ts';
import { leastSide, msSsim, ssim } from './structural-similarity.ts';

// Values of the published code are in the oracle case H_pixel_metrics.

const black = new Float32Array(12);
const grey = new Float32Array(12).fill(0.5);

describe('metrics of two pictures', () => {
  it('are what their formulas say', () => {
    expect(meanSquaredError(black, grey)).toBe(0.25);
    expect(l2Distance(black, grey)).toBeCloseTo(Math.sqrt(3), 12);
    expect(peakSignalToNoise(black, grey)).toBeCloseTo(6.0206, 4);
    expect(peakSignalToNoise(grey, grey)).toBeCloseTo(100, 12);
  });

  it('refuse pictures of different sizes', () => {
    expect(() => meanSquaredError(black, grey.subarray(1))).toThrow(/of 12 and of 11 values/);
  });
});

describe('structural similarity', () => {
  const graph = (height: number, width: number) => {
    const g = new GraphBuilder('similarity');
    return { g, x: g.constant(float32([1, 3, height, width], new Float32Array(3 * height * width))) };
  };

  it('says which size it needs', () => {
    const { g, x } = graph(leastSide.ssim - 1, 30);
    expect(() => ssim(g, x, x)).toThrow(/SSIM needs sides of at least 11 pixels, got 30x10/);
    expect(leastSide.msSsim).toBe(161);
    const large = graph(200, 160);
    expect(() => msSsim(large.g, large.x, large.x)).toThrow(/MS-SSIM needs sides of at least 161 pixels/);
  });
});
