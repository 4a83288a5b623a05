import { expect, it } from 'vitest';
import { LoopPace } from './loop-pace.ts';

it('is the time from the end of a step to that of the next, as a share of one of those that take turns', () => {
  const pace = new LoopPace();
  pace.ended('a', 'n', 1, 1000);
  expect(pace.millisecondsOf('n')).toBeUndefined();
  pace.ended('a', 'n', 1, 1100);
  expect(pace.millisecondsOf('n')).toBe(100);
  pace.ended('b', 'other', 2, 1100);
  pace.ended('b', 'other', 2, 1700);
  expect([pace.millisecondsOf('n'), pace.millisecondsOf('other')]).toEqual([100, 300]);
});

it('follows what changes, and counts nothing between two loops of one name', () => {
  const pace = new LoopPace();
  for (let step = 0; step < 60; step++) pace.ended('a', 'n', 4, step * 400);
  expect(pace.millisecondsOf('n')).toBeCloseTo(100);
  for (let step = 0; step < 60; step++) pace.ended('a', 'n', 2, 60 * 400 + step * 100);
  expect(pace.millisecondsOf('n')).toBeCloseTo(50, 0);
  pace.leave('a');
  pace.ended('a', 'n', 1, 1e9);
  expect(pace.millisecondsOf('n')).toBeCloseTo(50, 0);
});
