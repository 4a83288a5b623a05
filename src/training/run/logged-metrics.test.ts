import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/sitting.ts';
import { lastMetrics, readMetrics } from './logged-metrics.ts';
import { openMetricsLog, type TrainingMetrics } from './metrics-log.ts';

const line = (step: number, G = 1): TrainingMetrics => ({
  step,
  epoch: 1,
  losses: { G, D: 0.5 },
  learningRates: { generator: 0.0002 },
  imagesPerSecond: 2,
  seconds: step,
});

async function logOf(lines: readonly TrainingMetrics[]): Promise<string> {
  const file = join(await temporaryFolder(), 'metrics.jsonl');
  const log = await openMetricsLog(file);
  for (const metrics of lines) log.write(metrics);
  log.close();
  return file;
}

it('reads back what was logged, also what is not finite', async () => {
  const lines = [line(1), line(2, Number.NaN), line(3, Number.NEGATIVE_INFINITY)];
  const file = await logOf(lines);
  expect(await readMetrics(file)).toEqual(lines);
  expect(await lastMetrics(file)).toEqual(lines[2]);
});

it('passes over what is broken, foreign, or still being written', async () => {
  const file = await logOf([line(1)]);
  await appendFile(file, 'null\n[]\n{"step":"5"}\n{"step":2}\n{"step":3,"losses":{"G":');
  const bare = { step: 2, losses: {}, learningRates: {}, epoch: Number.NaN, imagesPerSecond: Number.NaN };
  expect(await readMetrics(file)).toEqual([line(1), { ...bare, seconds: Number.NaN }]);
  expect((await lastMetrics(file))?.step).toBe(2);
});

it('finds the last line of a long log', async () => {
  const file = await logOf(Array.from({ length: 2000 }, (_, index) => line(index + 1)));
  expect(await lastMetrics(file)).toEqual(line(2000));
});

it('is nothing where nothing was logged', async () => {
  const file = join(await temporaryFolder(), 'metrics.jsonl');
  expect(await readMetrics(file)).toEqual([]);
  expect(await lastMetrics(file)).toBeUndefined();
});
