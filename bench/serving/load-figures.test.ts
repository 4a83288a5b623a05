import { expect, it } from 'vitest';
import { loadFigures } from './load-figures.ts';
import type { ModelMeasurement } from './model-load.ts';

const answer = (milliseconds: number, serverTiming: string, status = 200) => ({
  client: 0,
  status,
  body: Buffer.alloc(0),
  milliseconds,
  serverTiming,
});
const round = (pictures: number, seconds: number, maxDelayMilliseconds: number) => ({
  pictures,
  seconds,
  strain: { maxDelayMilliseconds, p99DelayMilliseconds: maxDelayMilliseconds / 2, cpuSeconds: 9 },
  clientMaxDelayMilliseconds: 3 * maxDelayMilliseconds,
  serviceCpuSeconds: 0.1,
  clientCpuSeconds: 0.05,
});

const measurement: ModelMeasurement = {
  name: 'model',
  version: '1',
  description: '',
  lanes: 2,
  clients: 1,
  requests: 20,
  verdict: { errors: 0, different: 0, firstError: undefined },
  // 10 and 5 pictures a second.
  rounds: [round(10, 1, 4), round(10, 2, 12)],
  // So the round at 10 stands against 10, the round at 5 against 10.
  bareRates: [10, 10, 10],
  answers: [
    answer(300, 'decode;dur=1.00, run;dur=250.00'),
    answer(500, 'decode;dur=3.00, run;dur=270.00'),
    answer(1, '', 429),
  ],
};

it('compares each round with the bare sessions around it', () => {
  expect(loadFigures(measurement).ratio).toBeCloseTo(0.75, 12);
  const slower = { ...measurement, bareRates: [10, 10, 5] };
  expect(loadFigures(slower).ratio).toBeCloseTo((1 + 5 / 7.5) / 2, 12);
});

it('splits what a lane spends on a picture into running and waiting', () => {
  const { lane, httpPictures, cpu } = loadFigures(measurement);
  // 20 pictures of 2 lanes in 3 s: a lane takes 300 ms for each, of which it runs 260.
  expect(httpPictures).toBeCloseTo(20 / 3, 12);
  expect(lane.bare).toBeCloseTo(200, 9);
  expect([lane.run, lane.between]).toEqual([260, expect.closeTo(40, 9)]);
  expect([cpu.service, cpu.clients]).toEqual([expect.closeTo(10, 9), expect.closeTo(5, 9)]);
});

it('takes the worst delay of all rounds, and medians of stages and latencies of what was answered', () => {
  const figures = loadFigures(measurement);
  expect([figures.delayMax, figures.delayP99, figures.clientDelayMax]).toEqual([12, 6, 36]);
  expect(figures.stages).toEqual({ decode: 2, run: 260 });
  expect(figures.latencyMedian).toBe(400);
});
