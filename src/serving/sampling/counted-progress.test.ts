import { expect, it, vi } from 'vitest';
import { countedProgress } from './counted-progress.ts';

it('tells of few parts each, of many once for each percent, and always of the last', () => {
  const toldOf = (parts: number) => {
    const told: number[] = [];
    const advance = countedProgress(parts, (fraction) => told.push(fraction));
    const fractions = Array.from({ length: parts }, advance);
    expect(fractions).toEqual(fractions.map((_, part) => (part + 1) / parts));
    return told;
  };
  expect(toldOf(4)).toEqual([0.25, 0.5, 0.75, 1]);
  for (const parts of [100, 257, 10_001]) {
    const percents = toldOf(parts).map((fraction) => Math.floor(100 * fraction + 1e-9));
    expect(percents).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  }
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
