import { describe, expect, it } from 'vitest';
import { sampleCode } from './attribute-code.ts';
import { normal, standardNormal } from './code-distribution.ts';

describe('codes of a measured distribution', () => {
  const mean = [10, -20];
  const factor = [
    [2, 0],
    [3, 0.5],
  ];
  const { sample, scale } = normal(mean, factor);

  it('are mean + factor z', () => {
    const [first, second] = sampleCode(4, 1, 2) as [number, number];
    expect(sample(4, 1)).toEqual(
      [10 + 2 * first, -20 + 3 * first + 0.5 * second].map((value) => Math.fround(value)),
    );
    expect(sample(4, 1)).toEqual(sample(4, 1));
    expect(sample(4, 2)).not.toEqual(sample(4, 1));
    expect(sample(5, 1)).not.toEqual(sample(4, 1));
  });

  it('have its mean and its covariance', () => {
    const codes = Array.from({ length: 4000 }, (_, place) => sample(1, place) as [number, number]);
    const average = (of: (code: [number, number]) => number) =>
      codes.reduce((sum, code) => sum + of(code), 0) / codes.length;
    expect(average(([a]) => a)).toBeCloseTo(10, 0);
    expect(average(([, b]) => b)).toBeCloseTo(-20, 0);
    expect(Math.abs(average(([a, b]) => (a - 10) * (b + 20)) - 6)).toBeLessThan(0.5);
  });

  it('are scaled about the mean', () => {
    expect(scale([12, -20], 0)).toEqual(mean);
    expect(scale([12, -21], 2)).toEqual([14, -22]);
    expect(scale([0.1, 1], 1)).toEqual([0.1, 1]);
  });
});

it('scales codes of a standard normal distribution about zero', () => {
  const { sample, scale } = standardNormal(3);
  expect(sample(7, 2)).toEqual(sampleCode(7, 2, 3));
  expect(scale([1, 2, 3], 2)).toEqual([2, 4, 6]);
});
