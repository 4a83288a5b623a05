import { expect, it, vi } from 'vitest';
import { countedProgress } from './counted-progress.ts';

it('tells of few parts each, of many now and then, and always of the last', () => {
  const toldOf = (parts: number) => {
    const told: number[] = [];
    const advance = countedProgress(parts, (fraction) => told.push(fraction));
    const fractions = Array.from({ length: parts }, advance);
    expect(fractions.at(-1)).toBe(1);
    return told;
  };
  expect(toldOf(4)).toEqual([0.25, 0.5, 0.75, 1]);
  const many = toldOf(10_001);
  expect(many.length).toBeLessThanOrEqual(201);
  expect(many.at(-1)).toBe(1);
  expect(many).toEqual(many.toSorted((a, b) => a - b));
});

it('tells how long the rest takes at the pace so far', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  const told: (number | undefined)[] = [];
  const advance = countedProgress(4, (_, remaining) => told.push(remaining));
  for (const now of [1300, 1400, 2500, 2600]) {
    clock.mockReturnValue(now);
    advance();
  }
  clock.mockRestore();
  expect(told).toEqual([900, 400, 500, 0]);
});
