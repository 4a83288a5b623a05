import { describe, expect, it, vi } from 'vitest';
import type { Tensor } from '../core/tensor.ts';
import { LaneDiedError } from '../runtime/index.ts';
import { ClientLeftError, DeadlineExceededError, OverloadedError, StoppingError } from './errors.ts';
import { Scheduler } from './scheduler.ts';
import { FakeLanes, invert } from './testing/fake-lanes.ts';
import { firstsOf, rowsOf, startScheduler as start, work } from './testing/scheduler-work.ts';
import { unhurried } from './work.ts';

const nothing = { batchDone: () => {}, dropped: () => {} };

describe('order and batches', () => {
  it('runs in order of arrival, one at a time on one lane', async () => {
    const { lanes, scheduler } = start();
    const results = await Promise.all([1, 2, 3].map((value) => scheduler.run(work([value]))));
    expect(firstsOf(lanes)).toEqual([1, 2, 3]);
    expect(results.map(({ outputs }) => outputs.output?.data[0])).toEqual([254, 253, 252]);
  });

  it('gives each lane a batch of its own', async () => {
    const { lanes, scheduler } = start({}, { lanes: 2 });
    lanes.hold();
    const results = [1, 2, 3].map((value) => scheduler.run(work([value])));
    expect(firstsOf(lanes)).toEqual([1, 2]);
    lanes.release();
    await Promise.all(results);
    expect(firstsOf(lanes)).toEqual([1, 2, 3]);
  });

  it('hands a lane the next batches before it is done with the first', async () => {
    const { lanes, scheduler } = start({ prefetch: 1 });
    lanes.hold();
    const results = [1, 2, 3].map((value) => scheduler.run(work([value])));
    expect(firstsOf(lanes)).toEqual([1, 2]);
    lanes.release();
    await Promise.all(results);
  });

  it('joins what queued up while the lane was busy, and each gets its own rows', async () => {
    const { lanes, scheduler, observer } = start({ maxBatch: 4 });
    lanes.hold();
    const results = [[1], [2], [3, 4], [5], [6]].map((values) => scheduler.run(work(values)));
    lanes.release();
    const answers = (await Promise.all(results)).map(({ outputs }) => [...(outputs.output?.data ?? [])]);
    expect(rowsOf(lanes)).toEqual([1, 4, 1]);
    expect(answers).toEqual([
      [254, 254],
      [253, 253],
      [252, 252, 251, 251],
      [250, 250],
      [249, 249],
    ]);
    expect(observer.batchDone.mock.calls.map(([batch]) => batch.items)).toEqual([1, 4, 1]);
  });

  it('an item in a batch equals the item alone', async () => {
    const alone = start();
    const together = start({ maxBatch: 8 });
    together.lanes.hold();
    const values = [7, 8, 9, 10];
    const batched = values.map((value) => together.scheduler.run(work([value])));
    together.lanes.release();
    for (const [index, value] of values.entries()) {
      const expected = await alone.scheduler.run(work([value]));
      expect((await batched[index])?.outputs).toEqual(expected.outputs);
    }
    expect(rowsOf(together.lanes)).toEqual([1, 3]);
  });

  it('never joins other shapes or other networks', async () => {
    const { lanes, scheduler } = start({ maxBatch: 8 });
    lanes.hold();
    const all = [work([0]), work([1]), work([2], { width: 3 }), work([3], { network: 'm' }), work([4])];
    const results = all.map((each) => scheduler.run(each));
    lanes.release();
    await Promise.all(results);
    expect(rowsOf(lanes)).toEqual([1, 2, 1, 1]);
  });

  it('keeps to what the network takes, and runs a larger request alone', async () => {
    const { lanes, scheduler } = start({ maxBatch: 4 });
    lanes.hold();
    const all = [
      work([0]),
      work([1], { maxBatch: 1 }),
      work([2], { maxBatch: 1 }),
      work([3, 3, 3, 3, 3, 3]),
      work([4]),
    ];
    const results = all.map((each) => scheduler.run(each));
    lanes.release();
    await Promise.all(results);
    expect(rowsOf(lanes)).toEqual([1, 1, 1, 6, 1]);
  });

  it('waits for company no longer than the delay', async () => {
    const { lanes, scheduler } = start({ maxBatch: 3, maxBatchDelay: 40 });
    const first = scheduler.run(work([1]));
    const second = scheduler.run(work([2]));
    expect(lanes.runs).toHaveLength(0);
    const { queueMilliseconds, batchItems } = await first;
    expect(queueMilliseconds).toBeGreaterThanOrEqual(35);
    expect(queueMilliseconds).toBeLessThan(1000);
    expect(batchItems).toBe(2);
    await second;
  });

  it('does not wait when the batch is full', async () => {
    const { lanes, scheduler } = start({ maxBatch: 2, maxBatchDelay: 10_000 });
    await Promise.all([scheduler.run(work([1])), scheduler.run(work([2]))]);
    expect(rowsOf(lanes)).toEqual([2]);
  });
});

describe('admission', () => {
  it('refuses beyond the limit, counted in items, with a time to come back', () => {
    const { scheduler } = start({ queueLimit: 8 });
    scheduler.admit(6, unhurried);
    expect(() => scheduler.admit(3, unhurried)).toThrow(OverloadedError);
    const permit = scheduler.admit(2, unhurried);
    permit.release();
    permit.release();
    expect(scheduler.admittedItems).toBe(6);
    try {
      scheduler.admit(3, unhurried);
    } catch (error) {
      expect(error).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    }
  });

  it('items that are being run do not take a place in the queue', async () => {
    const { lanes, scheduler } = start({ queueLimit: 1 });
    lanes.hold();
    const permit = scheduler.admit(1, unhurried);
    expect(() => scheduler.admit(1, unhurried)).toThrow(OverloadedError);
    const running = scheduler.run(work([1]));
    scheduler.admit(1, unhurried);
    expect(() => scheduler.admit(1, unhurried)).toThrow(OverloadedError);
    lanes.release();
    await running;
    permit.release();
  });

  it('computes the time to come back from the measured rate', async () => {
    const { scheduler } = start({ queueLimit: 100 }, { milliseconds: 100 });
    const times: number[] = [];
    for (let index = 0; index < 3; index++) times.push((await scheduler.run(work([index]))).runMilliseconds);
    scheduler.admit(100, unhurried);
    // 100 items of about 0.1 s on one lane, or what a busy machine makes of that.
    expect(scheduler.retryAfterSeconds).toBeGreaterThanOrEqual(Math.min(...times) / 10);
    expect(scheduler.retryAfterSeconds).toBeLessThanOrEqual(Math.ceil(Math.max(...times) / 10));
    const told = { retryAfterSeconds: scheduler.retryAfterSeconds };
    const admit = async () => scheduler.admit(1, unhurried);
    await expect(admit()).rejects.toMatchObject({ status: 429, ...told });
    await expect(scheduler.run(work([1], { deadline: 0 }))).rejects.toMatchObject({ status: 504, ...told });
    scheduler.stop();
    await expect(admit()).rejects.toMatchObject({ status: 503, ...told });
  });

  it('refuses with 503 after stop, and still serves what was admitted', async () => {
    const { scheduler } = start();
    scheduler.admit(1, unhurried);
    scheduler.stop();
    expect(() => scheduler.admit(1, unhurried)).toThrow(StoppingError);
    await expect(scheduler.run(work([1]))).resolves.toBeDefined();
  });
});

describe('clients that leave', () => {
  it('are dropped before they cost a run, and counted', async () => {
    const { lanes, scheduler, observer } = start();
    lanes.hold();
    const leaving = new AbortController();
    const running = scheduler.run(work([1]));
    const dropped = scheduler.run(work([2], { signal: leaving.signal }));
    const staying = scheduler.run(work([3]));
    expect(scheduler.queuedItems).toBe(2);
    leaving.abort();
    await expect(dropped).rejects.toThrow(ClientLeftError);
    expect(scheduler.queuedItems).toBe(1);
    lanes.release();
    await Promise.all([running, staying]);
    expect(firstsOf(lanes)).toEqual([1, 3]);
    expect(observer.dropped).toHaveBeenCalledExactlyOnceWith(1, 'client_left');
  });

  it('are refused when they had left before', async () => {
    const { lanes, scheduler } = start();
    await expect(scheduler.run(work([1], { signal: AbortSignal.abort() }))).rejects.toThrow(ClientLeftError);
    expect(lanes.runs).toHaveLength(0);
  });

  it('leave a full batch that was already put together', async () => {
    const { lanes, scheduler } = start({ maxBatch: 2 });
    lanes.hold();
    const leaving = new AbortController();
    const running = scheduler.run(work([1]));
    const dropped = scheduler.run(work([2], { signal: leaving.signal }));
    const staying = [scheduler.run(work([3])), scheduler.run(work([4]))];
    leaving.abort();
    await expect(dropped).rejects.toThrow(ClientLeftError);
    lanes.release();
    await Promise.all([running, ...staying]);
    expect(rowsOf(lanes)).toEqual([1, 2]);
    expect([...(lanes.runs[1]?.input?.data ?? [])]).toEqual([3, 3, 4, 4]);
  });
});

describe('failures', () => {
  const poison = (feeds: Record<string, Tensor>) => {
    if ([...(feeds.input?.data ?? [])].some((value) => value === 66)) throw new Error('poison');
    return invert(feeds);
  };

  it('of one item do not take the others of its batch along', async () => {
    const { lanes, scheduler } = start({ maxBatch: 4 }, { network: poison });
    lanes.hold();
    const results = [1, 2, 66, 3].map((value) => scheduler.run(work([value])));
    lanes.release();
    const settled = await Promise.allSettled(results);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(rowsOf(lanes)).toEqual([1, 3, 1, 1, 1]);
  });

  const killer = (feeds: Record<string, Tensor>) => {
    if ([...(feeds.input?.data ?? [])].some((value) => value === 66)) throw new LaneDiedError('it died');
    return invert(feeds);
  };

  it('of a lane take a batch apart at once; alone, each may lose one lane more', async () => {
    const { lanes, scheduler } = start({ maxBatch: 4 }, { network: killer });
    lanes.hold();
    const results = [1, 2, 66, 3].map((value) => scheduler.run(work([value])));
    lanes.release();
    const settled = await Promise.allSettled(results);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(settled[2]).toMatchObject({ reason: { code: 'LANE_DIED', status: 500 } });
    expect(rowsOf(lanes)).toEqual([1, 3, 1, 1, 1]);
    expect(lanes.lossLimits).toEqual([2, 1, 1, 1, 1]);
  });

  it('are remembered: the same run again fails at once as it did, and no other', async () => {
    const { lanes, scheduler } = start({ maxBatch: 4 }, { network: killer });
    await expect(scheduler.run(work([66]))).rejects.toMatchObject({ code: 'LANE_DIED' });
    await expect(scheduler.run(work([66]))).rejects.toMatchObject({ code: 'LANE_DIED', status: 500 });
    expect(lanes.runs).toHaveLength(1);
    // Of other content, of the same content in another shape, and by another network: all of them are tried.
    await scheduler.run(work([65]));
    await expect(scheduler.run(work([66], { width: 3 }))).rejects.toMatchObject({ code: 'LANE_DIED' });
    await expect(scheduler.run(work([66], { network: 'm' }))).rejects.toMatchObject({ code: 'LANE_DIED' });
    expect(lanes.runs).toHaveLength(4);
  });

  it('are not laid at the door of runs that fail without killing a lane', async () => {
    const { lanes, scheduler } = start({}, { network: poison });
    await expect(scheduler.run(work([66]))).rejects.toThrow('poison');
    await expect(scheduler.run(work([66]))).rejects.toThrow('poison');
    expect(lanes.runs).toHaveLength(2);
  });

  it('do not make the scheduler deaf to clients that leave, or to deadlines, before the second try', async () => {
    const leaving = new AbortController();
    let failures = 0;
    const { lanes, scheduler, observer } = start(
      { maxBatch: 4 },
      {
        network: (feeds) => {
          if (feeds.input?.dims[0] === 1 || failures++ > 0) return invert(feeds);
          // The lane is busy with the first of the batch's entries when the others go.
          lanes.hold();
          throw new LaneDiedError('it died');
        },
      },
    );
    lanes.hold();
    const deadline = performance.now() + 500;
    const all = [work([0]), work([1]), work([2], { signal: leaving.signal }), work([3], { deadline })];
    const results = all.map((each) => scheduler.run(each));
    lanes.release();
    await vi.waitFor(() => expect(rowsOf(lanes)).toEqual([1, 3, 1]), { interval: 1 });
    leaving.abort();
    await expect(results[2]).rejects.toThrow(ClientLeftError);
    await expect(results[3]).rejects.toThrow(DeadlineExceededError);
    expect(observer.dropped.mock.calls).toEqual([
      [1, 'client_left'],
      [1, 'expired'],
    ]);
    lanes.release();
    await Promise.all(results.slice(0, 2));
    expect(rowsOf(lanes)).toEqual([1, 3, 1]);
  });

  it('leave the lanes usable', async () => {
    const { scheduler } = start({}, { network: poison });
    await expect(scheduler.run(work([66]))).rejects.toThrow('poison');
    await expect(scheduler.run(work([1]))).resolves.toBeDefined();
  });

  it('an output that cannot be split is an error, not a hang', async () => {
    const lanes = new FakeLanes({
      network: () => ({ output: { dtype: 'uint8', dims: [1, 2], data: new Uint8Array(2) } }),
    });
    const scheduler = new Scheduler(
      lanes,
      { queueLimit: 9, maxBatch: 3, maxBatchDelay: 30, priorityStep: 0, prefetch: 0 },
      nothing,
    );
    const settled = await Promise.allSettled([1, 2].map((value) => scheduler.run(work([value]))));
    // Each is then run alone, where there is nothing to split.
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(rowsOf(lanes)).toEqual([2, 1, 1]);
  });
});
