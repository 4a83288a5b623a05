import { expect, it } from 'vitest';
import { type ProfileEvent, timesOfLastRun } from './operator-times.ts';

const run = (ts: number, dur: number): ProfileEvent => ({ cat: 'Session', name: 'model_run', ts, dur });
const kernel = (operator: string, ts: number, dur: number): ProfileEvent => ({
  cat: 'Node',
  name: `${operator}_1_kernel_time`,
  ts,
  dur,
  args: { op_name: operator },
});

it('adds up the operators of the last run, longest first', () => {
  const events = [
    run(0, 90_000),
    kernel('Conv', 10, 80_000),
    kernel('Add', 100_010, 1000),
    kernel('Conv', 101_100, 20_000),
    kernel('Conv', 121_200, 10_000),
    { cat: 'Node', name: 'Conv_1_fence_before', ts: 101_000, dur: 5000, args: { op_name: 'Conv' } },
    run(100_000, 35_000),
  ];
  expect(timesOfLastRun(events)).toEqual({
    milliseconds: 35,
    operators: [
      { operator: 'Conv', nodes: 2, milliseconds: 30 },
      { operator: 'Add', nodes: 1, milliseconds: 1 },
    ],
  });
});

it('a profile without a run is an error', () => {
  expect(() => timesOfLastRun([kernel('Conv', 0, 1)])).toThrow('holds no run');
});
