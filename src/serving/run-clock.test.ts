import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunClock } from './run-clock.ts';
import { StageClock } from './stage-clock.ts';
import type { WorkResult } from './work.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A run that is over after so long, and of which the last part was on a lane. */
function runs(clock: RunClock, total: number, lane: number): Promise<WorkResult> {
  return clock.time(async () => {
    await new Promise((resolve) => setTimeout(resolve, total));
    return {
      outputs: {},
      missing: false,
      queueMilliseconds: total - lane,
      runMilliseconds: lane,
      batchItems: 1,
    };
  });
}

async function timed(start: (clock: RunClock) => Promise<unknown>) {
  const stages = new StageClock();
  const over = start(new RunClock(stages));
  await vi.advanceTimersByTimeAsync(1000);
  await over;
  return stages.timings;
}

it('one run is what it waited and what it ran', async () => {
  expect(await timed((clock) => runs(clock, 30, 10))).toEqual({ queue: 20, run: 10 });
});

it('runs one after the other add up', async () => {
  const work = async (clock: RunClock) => {
    await runs(clock, 30, 10);
    await runs(clock, 25, 20);
  };
  expect(await timed(work)).toEqual({ queue: 25, run: 30 });
});

it('eight outputs of one batch took as long as the batch', async () => {
  const work = (clock: RunClock) => Promise.all(Array.from({ length: 8 }, () => runs(clock, 50, 40)));
  expect(await timed(work)).toEqual({ queue: 10, run: 40 });
});

it('outputs that ran side by side and behind each other took the time that a lane was at work on one', async () => {
  // On lanes from 10 to 40, 20 to 50 and 70 to 80.
  const work = (clock: RunClock) =>
    Promise.all([runs(clock, 40, 30), runs(clock, 50, 30), runs(clock, 80, 10)]);
  expect(await timed(work)).toEqual({ queue: 30, run: 50 });
});

it('what failed is in no time', async () => {
  const failing = (clock: RunClock) =>
    clock.time(() => Promise.reject(new Error('no lane'))).catch(() => 'failed');
  expect(await timed(failing)).toEqual({});
});
