import { expect, vi } from 'vitest';
import type { Tensor } from '../../core/tensor.ts';
import { Scheduler, type SchedulerOptions } from '../scheduler.ts';
import { unhurried, type Work } from '../work.ts';
import { FakeLanes, type FakeLanesOptions } from './fake-lanes.ts';

/** A scheduler on lanes without processes, and what it told its observer. */
export function startScheduler(options: Partial<SchedulerOptions> = {}, lanesOptions: FakeLanesOptions = {}) {
  const lanes = new FakeLanes(lanesOptions);
  const observer = { batchDone: vi.fn(), dropped: vi.fn() };
  const scheduler = new Scheduler(
    lanes,
    { queueLimit: 100, maxBatch: 1, maxBatchDelay: 0, priorityStep: 10_000, prefetch: 0, ...options },
    observer,
  );
  return { lanes, scheduler, observer };
}

/** One row a value; equal width means equal batch key. */
export function work(values: readonly number[], extra: Partial<Work> & { width?: number } = {}): Work {
  const { width = 2, ...rest } = extra;
  const data = Uint8Array.from(values.flatMap((value) => new Array<number>(width).fill(value)));
  const input: Tensor = { dtype: 'uint8', dims: [values.length, width], data };
  const { signal } = new AbortController();
  return { network: 'n', feeds: { input }, maxBatch: 64, signal, ...unhurried, ...rest };
}

/** Items of each run. */
export const rowsOf = (lanes: FakeLanes) => lanes.runs.map((feeds) => feeds.input?.dims[0]);
/** Value of the first item of each run. */
export const firstsOf = (lanes: FakeLanes) => lanes.runs.map((feeds) => feeds.input?.data[0]);

/** A client leaves while a lane is at a run of its. @returns how many runs had begun before that one */
export async function leaveDuringRun(lanes: FakeLanes, leaving: AbortController): Promise<number> {
  lanes.hold();
  const before = lanes.runs.length;
  await vi.waitFor(() => expect(lanes.runs.length).toBeGreaterThan(before));
  leaving.abort();
  lanes.release();
  return before;
}
