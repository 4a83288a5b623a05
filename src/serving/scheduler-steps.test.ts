import { describe, expect, it, vi } from 'vitest';
import { LaneDiedError } from '../runtime/index.ts';
import { ClientLeftError, DeadlineExceededError } from './errors.ts';
import type { Scheduler } from './scheduler.ts';
import { type FakeLanes, invert } from './testing/fake-lanes.ts';
import { leaveDuringRun, rowsOf, startScheduler as start, work } from './testing/scheduler-work.ts';
import type { Work } from './work.ts';

/** One step of a sequence; other work is two values wide. */
function step(sequence: string, position: number, extra: Partial<Work> = {}): Work {
  const own = { network: 'prior', step: { sequence, position, count: 1 } };
  return work([position % 256], { width: 1, ...own, ...extra });
}

/** Step after step, until the sequence is over or a run fails. */
async function iterate(scheduler: Scheduler, sequence: string, steps: number, extra: Partial<Work> = {}) {
  try {
    for (let position = 0; position < steps; position++) {
      const { missing, outputs } = await scheduler.run(step(sequence, position, extra));
      if (missing) throw new Error(`${sequence} is missing at ${position}`);
      expect(outputs.output?.data).toEqual(Uint8Array.of(255 - (position % 256)));
    }
  } finally {
    scheduler.forget(sequence);
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `sequence ${index}`);
const widthsOf = (lanes: FakeLanes) => lanes.runs.map(({ input }) => input?.dims[1]);
/** What each lane was given, in order: s for a batch of steps, o for one of other work. */
const turnsOf = (lanes: FakeLanes) =>
  lanes.lanes.map(({ index }) =>
    widthsOf(lanes)
      .filter((_, run) => lanes.runLanes[run] === index)
      .map((width) => (width === 1 ? 's' : 'o'))
      .join(''),
  );

describe('steps and other work', () => {
  it.each([
    { lanes: 1, prefetch: 0, maxBatch: 1 },
    { lanes: 2, prefetch: 0, maxBatch: 1 },
    { lanes: 2, prefetch: 0, maxBatch: 4 },
    { lanes: 1, prefetch: 1, maxBatch: 1 },
    { lanes: 2, prefetch: 1, maxBatch: 2 },
  ])('take turns on every lane while both wait: %o', async ({ lanes: count, prefetch, maxBatch }) => {
    const { lanes, scheduler } = start({ maxBatch, prefetch }, { lanes: count });
    const iterations = names(10).map((name) => iterate(scheduler, name, 50));
    const others = Array.from({ length: 50 }, (_, index) => scheduler.run(work([index], { maxBatch: 1 })));
    await Promise.all([...iterations, ...others]);
    for (const turns of turnsOf(lanes)) {
      const both = turns.slice(0, turns.lastIndexOf('o') + 1);
      expect(both).toContain('o');
      // Never two batches of steps in a row while other work waits.
      expect(both).not.toContain('ss');
      // And a step after each run, or after those that the lane had been given before the sequences asked.
      const begun = both.slice(both.indexOf('s'));
      expect(begun).not.toContain('o'.repeat(2 + prefetch));
    }
  });

  it('a run that comes while sequences are under way is the next on its lane, however many they are', async () => {
    const { lanes, scheduler } = start({ maxBatch: 1 });
    const iterations = names(10).map((name) => iterate(scheduler, name, 50));
    const waits: number[] = [];
    for (let value = 0; value < 50; value++) {
      const before = lanes.runs.length;
      await scheduler.run(work([value]));
      const index = lanes.runs.findIndex(({ input }, run) => run >= before && input?.dims[1] === 2);
      // The step that the lane was at is in `runs` already.
      waits.push(index - before);
    }
    expect(waits).toEqual(waits.map(() => 0));
    expect(turnsOf(lanes)[0]).toMatch(/s$/);
    await Promise.all(iterations);
  });

  it('a sequence goes on while more other work waits than there is an end to', async () => {
    const { lanes, scheduler } = start({ prefetch: 1 });
    let over = false;
    const flood = Array.from({ length: 5 }, async () => {
      // An end, so that a sequence that starves is a failure and no hang.
      while (!over && lanes.runs.length < 1000) await scheduler.run(work([1]));
    });
    await iterate(scheduler, 'a', 50);
    over = true;
    await Promise.all(flood);
    expect(lanes.runs.length).toBeLessThan(50 * 3 + 10);
  });

  it('a sequence of low priority goes on beside urgent ones that share no run with it', async () => {
    const { scheduler } = start({ maxBatch: 4, priorityStep: 5 }, { milliseconds: 1 });
    let over = false;
    const urgent = names(3).map(async (name) => {
      for (let position = 0; !over && position < 1000; position++) {
        await scheduler.run(step(name, position, { network: 'other', priority: 'high' }));
      }
    });
    await iterate(scheduler, 'low', 10, { priority: 'low' });
    over = true;
    await Promise.all(urgent);
  });
});

describe('steps of several sequences', () => {
  it('share a run, at whatever positions they are, and stay together', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16 });
    await Promise.all(names(10).map((name, index) => iterate(scheduler, name, 20 + index)));
    // The first was alone when it came; when it was ready for its next step the others were there.
    expect(rowsOf(lanes).slice(0, 20)).toEqual([1, ...new Array(19).fill(10)]);
    expect(lanes.runs).toHaveLength(30);
  });

  it('share a run where nothing else does, up to a number of their own', async () => {
    const { lanes, scheduler } = start({ maxBatch: 1, maxStepBatch: 4 });
    const iterations = names(4).map((name) => iterate(scheduler, name, 10));
    const others = [work([1]), work([2])].map((each) => scheduler.run(each));
    await Promise.all([...iterations, ...others]);
    const rows = (width: number) =>
      lanes.runs.flatMap(({ input }) => (input?.dims[1] === width ? input.dims[0] : []));
    expect(rows(2)).toEqual([1, 1]);
    expect(rows(1).slice(1, 10)).toEqual(new Array(9).fill(4));
  });

  it('are joined at the next step by a new one, and left by one whose client leaves, or whose time is up', async () => {
    const { lanes, scheduler, observer } = start({ maxBatch: 16 }, { milliseconds: 5 });
    const leaving = new AbortController();
    const left = iterate(scheduler, 'leaving', 1000, { signal: leaving.signal });
    const others = ['a', 'b'].map((name) => iterate(scheduler, name, 60));
    await vi.waitFor(() => expect(rowsOf(lanes).at(-1)).toBe(3));
    const before = lanes.runs.length;
    const joining = iterate(scheduler, 'new', 10);
    await vi.waitFor(() => expect(lanes.runs.length).toBeGreaterThan(before + 2));
    expect(rowsOf(lanes)[before]).toBe(4);
    await joining;
    const atHold = await leaveDuringRun(lanes, leaving);
    await expect(left).rejects.toThrow(ClientLeftError);
    expect(lanes.kept[0]?.has('leaving')).toBe(false);
    await Promise.all(others);
    expect(rowsOf(lanes).slice(atHold, atHold + 2)).toEqual([3, 2]);
    lanes.hold();
    const last = iterate(scheduler, 'last', 1);
    await vi.waitFor(() => expect(scheduler.queuedItems).toBe(0));
    const late = iterate(scheduler, 'late', 5, { deadline: performance.now() + 10 });
    await expect(late).rejects.toThrow(DeadlineExceededError);
    lanes.release();
    await last;
    expect(lanes.kept.map((sequences) => sequences.size)).toEqual([0]);
    expect(observer.dropped).toHaveBeenCalledExactlyOnceWith(1, 'expired');
  });

  it('stay on the lane that keeps them, the same number on each, and idle lanes are no temptation', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16, prefetch: 1 }, { lanes: 2 });
    await Promise.all(names(10).map((name) => iterate(scheduler, name, 20)));
    const rows = (lane: number) => rowsOf(lanes).filter((_, run) => lanes.runLanes[run] === lane);
    for (const lane of [0, 1]) expect(rows(lane).slice(2, 18)).toEqual(new Array(16).fill(5));
  });

  it('are kept apart by how many tokens they bring', async () => {
    const { lanes, scheduler } = start({ maxBatch: 16 });
    lanes.hold();
    const bring = (sequence: string, width: number) =>
      scheduler.run(work([1], { width, network: 'prior', step: { sequence, position: 0, count: width } }));
    const runs = [bring('a', 1), bring('b', 256), bring('c', 1), bring('d', 256), bring('e', 1)];
    lanes.release();
    await Promise.all(runs);
    expect(lanes.runs.map(({ input }) => input?.dims)).toEqual([
      [1, 1],
      [2, 256],
      [2, 1],
    ]);
  });

  it('learn each for itself that their lane has lost them', async () => {
    const { lanes, scheduler } = start({ maxBatch: 4 });
    await scheduler.run(step('a', 0));
    await scheduler.run(step('b', 0));
    lanes.kept[0]?.delete('a');
    lanes.hold();
    const runs = [work([0]), step('a', 1), step('b', 1)].map((each) => scheduler.run(each));
    lanes.release();
    const [, a, b] = await Promise.all(runs);
    expect([a?.missing, b?.missing]).toEqual([true, false]);
    expect(b?.outputs.output?.data).toEqual(Uint8Array.of(254));
    expect((await scheduler.run(step('a', 0))).missing).toBe(false);
  });

  it('that killed a lane are tried one by one, and are no poison for others with the same tokens', async () => {
    let deaths = 0;
    const { lanes, scheduler } = start(
      { maxBatch: 4 },
      {
        network: (feeds) => {
          if (deaths++ > 1) return invert(feeds);
          throw new LaneDiedError('it died');
        },
      },
    );
    await expect(scheduler.run(step('a', 0))).rejects.toMatchObject({ code: 'LANE_DIED' });
    lanes.hold();
    const runs = [work([0], { network: 'n' }), step('b', 0), step('c', 0)].map((each) => scheduler.run(each));
    lanes.release();
    expect(await Promise.allSettled(runs)).toMatchObject([
      { status: 'rejected' },
      { status: 'fulfilled', value: { missing: false } },
      { status: 'fulfilled', value: { missing: false } },
    ]);
    expect(rowsOf(lanes)).toEqual([1, 1, 2]);
  });
});
