import { describe, expect, it, vi } from 'vitest';
import { LaneDiedError } from '../runtime/index.ts';
import { ClientLeftError } from './errors.ts';
import type { Scheduler } from './scheduler.ts';
import { invert } from './testing/fake-lanes.ts';
import { firstsOf, leaveDuringRun, rowsOf, startScheduler as start, work } from './testing/scheduler-work.ts';
import type { Work } from './work.ts';

/** Run after run, each of what the one before it gave. */
async function iterate(scheduler: Scheduler, loop: string, steps: number, extra: Partial<Work> = {}) {
  let value = 7;
  try {
    for (let step = 0; step < steps; step++) {
      const { outputs } = await scheduler.run(work([value], { loop, ...extra }));
      value = Number(outputs.output?.data[0]);
    }
    expect(value).toBe(steps % 2 === 0 ? 7 : 248);
  } finally {
    scheduler.steps.end(loop);
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `loop ${index}`);

describe('loops of runs', () => {
  it.each([0, 1, 4])('share every run from their second on, with prefetch %i', async (prefetch) => {
    const { lanes, scheduler } = start({ maxBatch: 16, prefetch }, { milliseconds: 1 });
    await Promise.all(names(10).map((name, index) => iterate(scheduler, name, 20 + index)));
    expect(rowsOf(lanes).slice(0, 20)).toEqual([1, ...new Array(19).fill(10)]);
    expect(lanes.runs).toHaveLength(30);
  });

  it('go on in halves when nothing says that they are loops', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16, prefetch: 1 }, { milliseconds: 1 });
    await Promise.all(names(10).map((name) => iterate(scheduler, name, 20, { loop: undefined })));
    expect(rowsOf(lanes)).not.toContain(10);
  });

  it('are joined at the next step by a new one, and left by one whose client leaves', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16, prefetch: 1 }, { milliseconds: 2 });
    const leaving = new AbortController();
    const left = iterate(scheduler, 'leaving', 1000, { signal: leaving.signal });
    const others = ['a', 'b'].map((name) => iterate(scheduler, name, 60));
    await vi.waitFor(() => expect(rowsOf(lanes).at(-1)).toBe(3));
    const before = lanes.runs.length;
    await iterate(scheduler, 'new', 10);
    expect(rowsOf(lanes).slice(before, before + 10)).toEqual(new Array(10).fill(4));
    const atHold = await leaveDuringRun(lanes, leaving);
    await expect(left).rejects.toThrow(ClientLeftError);
    await Promise.all(others);
    expect(rowsOf(lanes).slice(atHold, atHold + 2)).toEqual([3, 2]);
  });

  it('share no more than the network takes, and take turns then', async () => {
    const { lanes, scheduler } = start({ maxBatch: 4, maxStepBatch: 16, prefetch: 1 });
    await Promise.all(names(8).map((name) => iterate(scheduler, name, 20)));
    expect(rowsOf(lanes).slice(1, -1)).toEqual(new Array(rowsOf(lanes).length - 2).fill(4));
  });

  it('go round when there are more than share a run: none is more than a round ahead', async () => {
    const { scheduler, lanes } = start({ maxBatch: 16, prefetch: 1 });
    const done = new Map<string, number>();
    const all = names(64).map(async (name) => {
      for (let step = 1; step <= 20; step++) {
        await scheduler.run(work([7], { loop: name }));
        done.set(name, step);
        expect(step - Math.min(...names(64).map((each) => done.get(each) ?? 0))).toBeLessThanOrEqual(2);
      }
      scheduler.steps.end(name);
    });
    await Promise.all(all);
    expect(lanes.runs.length).toBeLessThan((64 * 20) / 16 + 5);
  });

  it('tell how long a step of them takes', async () => {
    const { scheduler } = start({ maxBatch: 16 }, { lanes: 2, milliseconds: 20 });
    expect(scheduler.steps.millisecondsOf('n', 1, 50)).toBe(50);
    expect(scheduler.steps.millisecondsOf('n', 5, 50)).toBe(150);
    await iterate(scheduler, 'a', 2);
    const alone = scheduler.steps.millisecondsOf('n', 1, 50);
    // What its lane took, and the way to the lane and back.
    expect(alone).toBeGreaterThanOrEqual(19);
    expect(scheduler.steps.millisecondsOf('n', 2, 50)).toBe(alone);
    // Of three on two lanes, two take turns.
    expect(scheduler.steps.millisecondsOf('n', 3, 50)).toBe(2 * alone);
    expect(scheduler.steps.millisecondsOf('other', 1, 50)).toBe(50);
    // Of two on one lane, each takes half of the time.
    const one = start({ maxBatch: 1 }, { milliseconds: 20 }).scheduler;
    await Promise.all(['a', 'b'].map((name) => iterate(one, name, 10)));
    expect(one.steps.millisecondsOf('n', 2, 20)).toBeGreaterThanOrEqual(38);
  });

  it('do not let one alone be taken for faster than it is, where all go through in one run', async () => {
    const { scheduler } = start({ maxBatch: 16 }, { milliseconds: 20 });
    await Promise.all(names(8).map((name) => iterate(scheduler, name, 10)));
    expect(scheduler.steps.millisecondsOf('n', 1, 20)).toBeGreaterThanOrEqual(20);
  });

  it('count before they begin', () => {
    const { scheduler } = start({}, { lanes: 2 });
    const expected = scheduler.steps.expect('n', 100, 6);
    expect(scheduler.steps.millisecondsOf('n', 2, 50)).toBe(200);
    expected.end();
    expect(scheduler.steps.millisecondsOf('n', 2, 50)).toBe(50);
  });

  it('are as many on each lane, and move as others end', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16, prefetch: 1 }, { lanes: 2, milliseconds: 1 });
    // Those of even index are on lane 0, and end early.
    await Promise.all(names(8).map((name, index) => iterate(scheduler, name, index % 2 === 0 ? 10 : 40)));
    const rows = (lane: number) => rowsOf(lanes).filter((_, run) => lanes.runLanes[run] === lane);
    for (const lane of [0, 1]) {
      expect(rows(lane).slice(2, 8)).toEqual(new Array(6).fill(4));
      // One was alone in its first run, and so in its last.
      expect(rows(lane).slice(-12, -2)).toEqual(new Array(10).fill(2));
    }
  });

  it('take turns with other work', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16 });
    const iterations = names(10).map((name) => iterate(scheduler, name, 50));
    const others = Array.from({ length: 40 }, () =>
      scheduler.run(work([100], { network: 'other', maxBatch: 1 })),
    );
    await Promise.all([...iterations, ...others]);
    const turns = firstsOf(lanes)
      .map((first) => (first === 100 ? 'o' : 's'))
      .join('');
    expect(turns.slice(2, turns.lastIndexOf('o'))).toMatch(/^(?:so|os)+s?o?$/);
    expect(turns.slice(0, turns.lastIndexOf('o'))).not.toContain('ss');
  });

  it('go on from their last step when a run that they share is lost, and one that kills lanes ends alone', async () => {
    const { lanes, scheduler } = start(
      { maxBatch: 16, prefetch: 1 },
      {
        milliseconds: 2,
        network: (feeds) => {
          if (feeds.input?.data.some((value) => Number(value) === 66)) throw new LaneDiedError('it died');
          return invert(feeds);
        },
      },
    );
    const iterations = names(4).map((name) => iterate(scheduler, name, 200));
    await vi.waitFor(() => expect(rowsOf(lanes).at(-1)).toBe(4));
    await expect(scheduler.run(work([66], { loop: 'poison' }))).rejects.toMatchObject({ code: 'LANE_DIED' });
    await Promise.all(iterations);
    expect(rowsOf(lanes)).toContain(5);
    // Each was tried alone, and all are together again.
    expect(rowsOf(lanes).slice(-8, -3)).toEqual(new Array(5).fill(4));
  });
});
