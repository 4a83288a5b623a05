import { expect, it } from 'vitest';
import { outputsFigures } from './outputs-figures.ts';
import type { OutputsMeasurement } from './outputs-load.ts';
import { outputsReport } from './outputs-report.ts';

/** A machine that becomes half as fast from one round to the next. */
const slowing: OutputsMeasurement = {
  name: 'm',
  description: 'DRIT',
  outputs: 8,
  requests: [
    { milliseconds: 1800, stages: { decode: 9, run: 1500 } },
    { milliseconds: 3600, stages: { decode: 11, run: 3000 } },
  ],
  bare: [
    { generators: 1000, contentEncoder: 100 },
    { generators: 2000, contentEncoder: 200 },
    { generators: 4000, contentEncoder: 400 },
  ],
};

it('compares each request with the bare runs beside it, so that a slowing machine does not count', () => {
  expect(outputsFigures(slowing)).toEqual({
    generator: 250,
    contentEncoder: 200,
    request: 2700,
    ratio: 1.2,
    runRatio: 1,
    contentEncoderShare: 0.1,
    stages: { decode: 10, run: 2250 },
  });
});

it('tells the share of the content encoder', () => {
  const text = outputsReport({ lanes: 1, threadsPerLane: 2, models: [slowing] });
  expect(text).toMatch(/^m +8 +250 ms +2700 ms +120\.0 % +100\.0 % +10\.0 %$/m);
  expect(text).toContain('run once, takes 200 ms, as long as 0.80 generator runs');
});
