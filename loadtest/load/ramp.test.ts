import { expect, it } from 'vitest';
import { objectiveHolds, ramp } from './ramp.ts';
import { type LoadFigures, Recorder } from './recorder.ts';

const objective = { p99Milliseconds: 1000, failures: 0.01 };

/** A service that answers everything in 100 ms up to a capacity, and beyond it in five seconds. */
function loaded(rate: number, capacity: number): LoadFigures {
  const recorder = new Recorder(1);
  for (let index = 0; index < 100; index++)
    recorder.record({
      model: 'm',
      intended: 0,
      late: 0,
      latency: rate <= capacity ? 100 : 5000,
      status: 200,
      code: '',
      stages: new Map(),
      retries: 0,
    });
  return recorder.figures();
}

it('rises until the objective breaks, then narrows it down', async () => {
  const { steps, highestRate } = await ramp({ from: 4, to: 100 }, objective, async (rate) =>
    loaded(rate, 15),
  );
  expect(steps.map(({ rate, holds }) => [rate, holds])).toEqual([
    [4, true],
    [6, true],
    [9, true],
    [13.5, true],
    [20.25, false],
    [16.875, false],
    [15.1875, false],
    [14.34375, true],
  ]);
  expect(highestRate).toBe(14.34375);
});

it('ends at the highest rate that is asked for, and finds none where none holds', async () => {
  const enough = await ramp({ from: 4, to: 7 }, objective, async (rate) => loaded(rate, 15));
  expect(enough.steps.map(({ rate }) => rate)).toEqual([4, 6, 7]);
  expect(enough.highestRate).toBe(7);
  const none = await ramp({ from: 4, to: 7 }, objective, async (rate) => loaded(rate, 1));
  expect(none.steps).toHaveLength(1);
  expect(none.highestRate).toBeUndefined();
});

it('ends when no more may be sent', async () => {
  let left = 2;
  const cut = await ramp({ from: 4, to: 100 }, objective, async (rate) =>
    left-- > 0 ? loaded(rate, 15) : undefined,
  );
  expect(cut.steps.map(({ rate }) => rate)).toEqual([4, 6]);
  expect(cut.highestRate).toBe(6);
});

it('holds only with answers, in time, and nearly all', () => {
  const good = loaded(1, 15);
  expect(objectiveHolds(good, objective)).toBe(true);
  expect(objectiveHolds({ ...good, failures: 0.02 }, objective)).toBe(false);
  expect(objectiveHolds({ ...good, answered: 0 }, { ...objective, failures: 1 })).toBe(false);
  expect(objectiveHolds(loaded(20, 15), objective)).toBe(false);
});
