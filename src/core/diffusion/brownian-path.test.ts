import { describe, expect, it } from 'vitest';
import { betasOf } from './betas.ts';
import { BrownianPath } from './brownian-path.ts';
import { noiseSchedule } from './noise-schedule.ts';

const { alphaBar } = noiseSchedule(betasOf({ course: 'linear', steps: 1000, first: 1e-4, last: 0.02 }));
const path = (length: number, seed = 1) => new BrownianPath(alphaBar, length, [seed, 'test']);
const ratio = (time: number) => {
  const kept = alphaBar[time] as number;
  return kept / (1 - kept);
};
const meanProduct = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0) / a.length;

describe('a Brownian path', () => {
  const samples = 40_000;
  // Standard errors of mean and variance of so many samples are 0.005 and 0.007.
  const near = 0.03;

  it('gives every step standard normal noise that no other step tells of', () => {
    const walked = path(samples);
    const times = [999, 998, 700, 400, 399, 13, 1, 0];
    const noises = times.slice(1).map((time, index) => walked.noise(times[index] as number, time));
    for (const [index, noise] of noises.entries()) {
      expect(Math.abs(noise.reduce((sum, value) => sum + value, 0) / samples)).toBeLessThan(near);
      for (const [other, another] of noises.entries()) {
        expect(Math.abs(meanProduct(noise, another) - (other === index ? 1 : 0))).toBeLessThan(near);
      }
    }
  });

  it('gives a long step what its short ones add up to', () => {
    const walked = path(5);
    const long = walked.noise(499, 240);
    const [first, second] = [walked.noise(499, 300), walked.noise(300, 240)];
    const [wide, left, right] = [
      Math.sqrt(ratio(240) - ratio(499)),
      Math.sqrt(ratio(300) - ratio(499)),
      Math.sqrt(ratio(240) - ratio(300)),
    ];
    for (const [index, value] of long.entries()) {
      const sum = left * (first[index] as number) + right * (second[index] as number);
      expect(wide * value).toBeCloseTo(sum, 5);
    }
  });

  it('does not depend on what was asked before', () => {
    const walked = path(3);
    const early = walked.noise(20, 10);
    walked.noise(700, 600);
    expect(walked.noise(20, 10)).toEqual(early);
    expect(path(3).noise(20, 10)).toEqual(early);
    expect(path(3, 2).noise(20, 10)).not.toEqual(early);
  });
});
