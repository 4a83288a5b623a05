import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { codesAlong, interpolateCodes } from './interpolate.ts';

const draw = (seed: number) => {
  const random = Random.of(seed);
  return Array.from({ length: 8 }, () => Math.fround(random.normal()));
};
const [from, to] = [draw(1), draw(2)];
const length = (code: readonly number[]) => Math.hypot(...code);
const angle = (p: readonly number[], q: readonly number[]) =>
  Math.acos(p.reduce((sum, value, index) => sum + value * (q[index] as number), 0) / length(p) / length(q));

describe.each(['spherical', 'linear'] as const)('%s', (interpolation) => {
  it('begins and ends with the very codes that it was given', () => {
    for (const steps of [2, 3, 16]) {
      const way = interpolateCodes(from, to, steps, interpolation);
      expect(way).toHaveLength(steps);
      expect([way[0], way.at(-1)]).toEqual([from, to]);
    }
  });

  it.each([
    ['equal codes', from, from],
    ['codes of opposite directions', from, from.map((value) => -value)],
    ['a code without a direction', from.map(() => 0), to],
  ])('%s have numbers between them', (_what, p, q) => {
    const way = interpolateCodes(p, q, 5, interpolation);
    expect(way.flat().every(Number.isFinite)).toBe(true);
    const middle = p.map((value, index) => (value + (q[index] as number)) / 2);
    for (const [index, value] of (way[2] ?? []).entries())
      expect(value).toBeCloseTo(middle[index] as number, 5);
  });
});

it('spherical turns by the same angle each step', () => {
  const [p, q] = [from, to].map((code) => code.map((value) => value / length(code))) as [number[], number[]];
  const way = interpolateCodes(p, q, 6, 'spherical');
  for (let step = 1; step < 6; step++) {
    expect(length(way[step] ?? [])).toBeCloseTo(1, 5);
    expect(angle(way[step - 1] ?? [], way[step] ?? [])).toBeCloseTo(angle(p, q) / 5, 5);
  }
});

it('linear is the straight line', () => {
  expect(interpolateCodes([0, 8], [4, 0], 5, 'linear')).toEqual([
    [0, 8],
    [1, 6],
    [2, 4],
    [3, 2],
    [4, 0],
  ]);
});

it('goes through several codes, each as far from the next', () => {
  const codes = [[0], [4], [0]];
  expect(codesAlong(codes, 5, 'linear')).toEqual([[0], [2], [4], [2], [0]]);
  expect(codesAlong(codes, 3, 'spherical')).toEqual(codes);
  expect(codesAlong(codes, 4, 'linear').map(([value]) => value)).toEqual(
    [0, 8 / 3, 8 / 3, 0].map(Math.fround),
  );
});

it('turns about the mean of all codes, where that is not zero', () => {
  const [, middle] = interpolateCodes([11, -20], [10, -19], 3, 'spherical', [10, -20]) as [number, number][];
  expect(middle?.[0]).toBeCloseTo(10 + Math.SQRT1_2, 5);
  expect(middle?.[1]).toBeCloseTo(-20 + Math.SQRT1_2, 5);
  expect(interpolateCodes([1, 0], [0, 1], 3, 'linear', [10, -20])[1]).toEqual([0.5, 0.5]);
});
