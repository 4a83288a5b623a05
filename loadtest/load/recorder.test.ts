import { expect, it } from 'vitest';
import { Recorder } from './recorder.ts';
import type { Outcome } from './sender.ts';

const outcome = (over: Partial<Outcome>): Outcome => ({
  model: 'm',
  intended: 0,
  late: 0,
  latency: 100,
  status: 200,
  code: '',
  stages: new Map(),
  retries: 0,
  ...over,
});

it('counts by status and code, and keeps what is refused out of the latencies', () => {
  const recorder = new Recorder(10);
  recorder.record(outcome({ intended: 0, latency: 100 }));
  recorder.record(outcome({ intended: 1000, latency: 300 }));
  recorder.record(outcome({ intended: 1500, latency: 2, status: 429, code: 'OVERLOADED', retries: 2 }));
  recorder.recordNotSent(3999);
  const figures = recorder.figures();
  expect(figures).toMatchObject({ offered: 4, notSent: 1, answered: 2, failures: 0.5, retries: 2 });
  expect(figures.seconds).toBeCloseTo(1.502, 3);
  expect(figures.latency.max).toBeGreaterThan(299);
  expect(figures.latency.p50).toBeLessThan(101);
  expect(figures.outcomes.map(({ status, code, count }) => [status, code, count])).toEqual([
    [200, '', 2],
    [429, 'OVERLOADED', 1],
  ]);
  expect(figures.series.map(({ offered, answered }) => [offered, answered])).toEqual([
    [1, 1],
    [2, 1],
    [0, 0],
    [1, 0],
  ]);
});

it('splits answered requests into the stages of the service and what is elsewhere', () => {
  const recorder = new Recorder(1);
  recorder.record(
    outcome({
      latency: 100,
      stages: new Map([
        ['queue', 30],
        ['run', 60],
      ]),
    }),
  );
  recorder.record(outcome({ status: 503, stages: new Map([['queue', 999]]) }));
  const { stages, runQuantiles } = recorder.figures();
  expect(stages.map(({ stage, mean }) => [stage, Math.round(mean)])).toEqual([
    ['queue', 30],
    ['run', 60],
    ['elsewhere', 10],
  ]);
  expect(runQuantiles[100]).toBeCloseTo(60, 0);
});

it('takes no more memory for a longer load', () => {
  const recorder = new Recorder(3600);
  for (let second = 0; second < 4000; second += 10) recorder.record(outcome({ intended: 1000 * second }));
  const { series, seriesSeconds } = recorder.figures();
  expect(seriesSeconds).toBe(30);
  expect(series.length).toBeLessThanOrEqual(121);
});

it('has figures for nothing', () => {
  expect(new Recorder(1).figures()).toMatchObject({
    offered: 0,
    failures: 0,
    answeredPerSecond: 0,
    series: [],
  });
});
