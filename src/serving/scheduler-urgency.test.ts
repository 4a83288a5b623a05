import { describe, expect, it } from 'vitest';
import type { Tensor } from '../core/tensor.ts';
import { DeadlineExceededError } from './errors.ts';
import type { Scheduler } from './scheduler.ts';
import { invert } from './testing/fake-lanes.ts';
import { firstsOf, startScheduler as start, work } from './testing/scheduler-work.ts';
import { unhurried, type Work } from './work.ts';

describe('priority', () => {
  const queue = (scheduler: Scheduler, urgencies: readonly Work['priority'][]) =>
    Promise.all(urgencies.map((priority, index) => scheduler.run(work([index], { priority }))));

  it('overtakes what came shortly before, and keeps the order of arrival within a level', async () => {
    const { lanes, scheduler } = start();
    lanes.hold();
    const results = queue(scheduler, ['low', 'low', 'normal', 'high', 'normal', 'high', 'low']);
    lanes.release();
    await results;
    expect(firstsOf(lanes)).toEqual([0, 3, 5, 2, 4, 1, 6]);
  });

  it('overtakes a full batch that was already put together', async () => {
    const { lanes, scheduler } = start({ maxBatch: 2 });
    lanes.hold();
    const results = queue(scheduler, ['normal', 'low', 'low', 'high', 'high']);
    lanes.release();
    await results;
    expect(lanes.runs.map(({ input }) => [...(input?.data ?? [])])).toEqual([
      [0, 0],
      [3, 3, 4, 4],
      [1, 1, 2, 2],
    ]);
  });

  it('shares the run of a lower level, which is pulled along', async () => {
    const { lanes, scheduler } = start({ maxBatch: 2 });
    lanes.hold();
    const all = [
      work([0]),
      work([1], { width: 3 }),
      work([2], { priority: 'low' }),
      work([3], { priority: 'high' }),
    ];
    const results = all.map((each) => scheduler.run(each));
    lanes.release();
    await Promise.all(results);
    expect(lanes.runs.map(({ input }) => [...(input?.data ?? [])])).toEqual([
      [0, 0],
      [3, 3, 2, 2],
      [1, 1, 1],
    ]);
  });

  it('does not let what is low starve: it is overtaken only by what came within the step', async () => {
    const { lanes, scheduler } = start({ priorityStep: 10 }, { milliseconds: 4 });
    const finished: string[] = [];
    let low: Promise<unknown> | undefined;
    // Two urgent ones are waiting at any time, for longer than two steps.
    const stream = async (name: string) => {
      for (let index = 0; index < 20; index++) {
        await scheduler.run(work([1], { priority: 'high' }));
        finished.push(name);
        low ??= scheduler.run(work([2], { priority: 'low' })).then(() => finished.push('low'));
      }
    };
    await Promise.all(['a', 'b', 'c'].map(stream));
    await low;
    expect(lanes.runs).toHaveLength(61);
    // 20 ms are five runs; the others are those that were on their way.
    expect(finished.indexOf('low')).toBeLessThan(30);
  });

  it('a rare shape does not wait for as long as a frequent one fills its batches', async () => {
    const { lanes, scheduler } = start({ maxBatch: 2 });
    lanes.hold();
    const widths = [2, 3, 2, 2, 2, 2];
    const results = widths.map((width, index) => scheduler.run(work([index], { width })));
    lanes.release();
    await Promise.all(results);
    expect(firstsOf(lanes)).toEqual([0, 1, 2, 4]);
  });
});

const later = async (feeds: Record<string, Tensor>, milliseconds: number) => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return invert(feeds);
};

describe('deadlines', () => {
  const soon = (milliseconds: number) => ({ deadline: performance.now() + milliseconds });

  it('what still waits when its deadline passes is refused with a time to come back, and counted', async () => {
    const { lanes, scheduler, observer } = start();
    lanes.hold();
    const running = scheduler.run(work([1], soon(20)));
    const expiring = scheduler.run(work([2], soon(20)));
    const staying = scheduler.run(work([3], soon(10_000)));
    await expect(expiring).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      status: 504,
      retryAfterSeconds: 1,
    });
    expect(scheduler.queuedItems).toBe(1);
    expect(observer.dropped).toHaveBeenCalledExactlyOnceWith(1, 'expired');
    lanes.release();
    // What a lane has begun is answered, however late.
    await Promise.all([running, staying]);
    expect(firstsOf(lanes)).toEqual([1, 3]);
  });

  it('what leaves a batch that was put together is not run with it', async () => {
    const { lanes, scheduler } = start({ maxBatch: 2 });
    lanes.hold();
    const all = [work([1]), work([2], soon(20)), work([3])].map((each) => scheduler.run(each));
    await expect(all[1]).rejects.toThrow(DeadlineExceededError);
    lanes.release();
    await Promise.all([all[0], all[2]]);
    expect(firstsOf(lanes)).toEqual([1, 3]);
  });

  it('what comes too late, having been decoded for too long, costs no run', async () => {
    const { lanes, scheduler, observer } = start();
    await expect(scheduler.run(work([1], soon(0)))).rejects.toThrow(DeadlineExceededError);
    expect(lanes.runs).toHaveLength(0);
    expect(observer.dropped).toHaveBeenCalledExactlyOnceWith(1, 'expired');
  });

  it('a slow network does not make a quick one look late', async () => {
    const { lanes, scheduler } = start(
      {},
      { network: async (feeds, key) => (key === 'slow' ? later(feeds, 100) : invert(feeds)) },
    );
    await scheduler.run(work([0], { network: 'slow' }));
    await scheduler.run(work([0], { network: 'quick' }));
    lanes.hold();
    // By the average of both, two that wait would take 160 ms.
    const queued = [1, 2, 3].map((value) => scheduler.run(work([value], { network: 'quick' })));
    scheduler.admit(1, { ...unhurried, ...soon(60) }).release();
    lanes.release();
    await Promise.all(queued);
  });

  it('what certainly comes too late is not admitted; what is more urgent, or the queue empty, is', async () => {
    const { lanes, scheduler } = start({}, { milliseconds: 50 });
    await scheduler.run(work([0]));
    lanes.hold();
    const results = Array.from({ length: 5 }, (_, index) => scheduler.run(work([index])));
    // Four wait, of about 50 ms each.
    expect(() => scheduler.admit(1, { ...unhurried, ...soon(100) })).toThrow(DeadlineExceededError);
    expect(scheduler.admittedItems).toBe(0);
    scheduler.admit(1, { ...unhurried, ...soon(2000) }).release();
    scheduler.admit(1, { priority: 'high', ...soon(100) }).release();
    lanes.release();
    await Promise.all(results);
    scheduler.admit(1, { ...unhurried, ...soon(10) }).release();
  });
});
