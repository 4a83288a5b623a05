import { expect, it } from 'vitest';
import type { DiffusionMeasurement } from './diffusion-benchmark.ts';
import { diffusionJson, diffusionReport } from './diffusion-report.ts';

const way = (totals: number[], latencies: number[]) => ({ totals, latencies });
const measured: DiffusionMeasurement = {
  side: 64,
  channels: 32,
  provider: 'cpu',
  threads: 2,
  requests: 12,
  rounds: 2,
  loads: [
    {
      load: 2,
      fixed: new Map([
        [1, way([40_000, 30_000], [16_000, 12_000])],
        [4, way([32_000, 24_000], [20_000, 15_000])],
        [12, way([50_000, 45_000], [40_000, 30_000])],
      ]),
      continuous: way([20_000, 20_000], [8000, 9000]),
    },
  ],
  difference: 1,
  meanShared: 5.4,
};

it('compares all ways with one at a time, and fixed batches with those joined at every step, round by round', () => {
  const [at] = diffusionJson(measured).loads;
  expect(at?.ways.map((each) => each.way)).toEqual([
    'one at a time',
    'fixed batches of 4',
    'fixed batches of 12',
    'joined at every step',
  ]);
  expect(at?.ways[1]).toMatchObject({ throughputRatio: 1.25, latencyRatio: 1.25 });
  expect(at?.ways[3]).toMatchObject({ throughputRatio: 1.75, latencyRatio: 0.625 });
  expect(at?.joined.map((each) => each.way)).toEqual(['of 4', 'of 12']);
  expect(at?.joined[0]?.throughput).toBeCloseTo((1.6 + 1.2) / 2);
  expect(at?.joined[0]?.latency).toBeCloseTo((0.4 + 0.6) / 2);
});

it('is a table that says all of it', () => {
  const report = diffusionReport(measured);
  expect(report).toContain('12 requests, 64x64');
  expect(report).toContain('load 2:');
  expect(report).toMatch(/joined at every step\s+20000\s+1\.75 x\s+8500\s+0\.63 x/);
  expect(report).toContain('fixed batches: of 4 1.40 x, 0.50 x; of 12 2.38 x, 0.25 x');
  expect(report).toContain('at most 1 of 255 levels');
});
