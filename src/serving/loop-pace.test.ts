import { expect, it } from 'vitest';
import { LoopPace } from './loop-pace.ts';

/** Steps of a loop beside others, each of which takes so long. */
function measure(pace: LoopPace, loops: number, milliseconds: number, steps = 60): void {
  for (let step = 0; step <= steps; step++) pace.ended('a', 'n', loops, step * milliseconds);
  pace.leave('a');
}

it('is the time from the end of a step to that of the next, by network', () => {
  const pace = new LoopPace();
  pace.ended('a', 'n', 1, 1000);
  expect(pace.millisecondsOf('n', 1, 70)).toBe(70);
  pace.ended('a', 'n', 1, 1100);
  expect(pace.millisecondsOf('n', 1, 70)).toBe(100);
  pace.ended('b', 'other', 1, 1100);
  pace.ended('b', 'other', 1, 1700);
  expect([pace.millisecondsOf('n', 1, 70), pace.millisecondsOf('other', 1, 70)]).toEqual([100, 600]);
});

it('follows what changes, and counts nothing between two loops of one name', () => {
  const pace = new LoopPace();
  measure(pace, 2, 400);
  expect(pace.millisecondsOf('n', 2, 0)).toBeCloseTo(400);
  measure(pace, 2, 100);
  expect(pace.millisecondsOf('n', 2, 0)).toBeCloseTo(100, 0);
  pace.ended('a', 'n', 2, 1e9);
  expect(pace.millisecondsOf('n', 2, 0)).toBeCloseTo(100, 0);
});

it('takes a loop alone for as slow as it is, where runs of many take no longer', () => {
  const pace = new LoopPace();
  measure(pace, 8, 100);
  for (const loops of [1, 2, 5, 8]) expect(pace.millisecondsOf('n', loops, 100)).toBeCloseTo(100);
});

it('goes by what was measured for more and for fewer', () => {
  const pace = new LoopPace();
  expect(pace.millisecondsOf('n', 5, 20)).toBe(100);
  measure(pace, 4, 100);
  expect(pace.millisecondsOf('n', 1, 40)).toBe(40);
  expect(pace.millisecondsOf('n', 2, 40)).toBeCloseTo(60);
  expect(pace.millisecondsOf('n', 6, 40)).toBeCloseTo(150);
  measure(pace, 1, 70);
  expect(pace.millisecondsOf('n', 2, 40)).toBeCloseTo(80);
});
