import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openMetricsLog, type TrainingMetrics } from './metrics-log.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function metrics(step: number, gan = 0.5): TrainingMetrics {
  return {
    step,
    epoch: 1,
    losses: { gan },
    learningRates: { generator: 2e-4 },
    imagesPerSecond: 3.5,
    seconds: step / 2,
  };
}

async function logSteps(steps: readonly number[], resumedStep?: number): Promise<void> {
  const log = await openMetricsLog(path, resumedStep);
  for (const step of steps) log.write(metrics(step, resumedStep));
  log.close();
}

function logged(): TrainingMetrics[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

test('one JSON line a step', async () => {
  await logSteps([10, 20]);
  expect(logged()).toEqual([metrics(10), metrics(20)]);
});

test('resuming drops later lines and goes on', async () => {
  await logSteps([10, 20, 30, 40]);
  await logSteps([30, 40, 50], 20);
  expect(logged()).toEqual([metrics(10), metrics(20), ...[30, 40, 50].map((step) => metrics(step, 20))]);
  expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
});

test('resuming where the log ends leaves the file alone', async () => {
  await logSteps([10, 20]);
  const { ino } = statSync(path);
  await logSteps([30], 20);
  expect(statSync(path).ino).toBe(ino);
  expect(logged().map(({ step }) => step)).toEqual([10, 20, 30]);
});

test('a new run starts with an empty log', async () => {
  await logSteps([10, 20]);
  await logSteps([5]);
  expect(logged().map(({ step }) => step)).toEqual([5]);
});

test('a line that a kill cut off is dropped, whole lines around it stay', async () => {
  await logSteps([10, 20]);
  const whole = readFileSync(path, 'utf8');
  for (let cut = 1; cut < 40; cut++) {
    writeFileSync(path, whole.slice(0, -cut));
    await logSteps([20, 30], 20);
    expect(logged().map(({ step }) => step)).toEqual([10, 20, 30]);
  }
});

test('lines that are no metrics, or repeat a step, are dropped', async () => {
  await logSteps([10]);
  appendFileSync(
    path,
    `null\n{}\n\0\0\0\n${JSON.stringify(metrics(10, 9))}\n${JSON.stringify(metrics(20))}\n`,
  );
  await logSteps([], 100);
  expect(logged()).toEqual([metrics(10), metrics(20)]);
});

test('a loss that is not finite is named, not hidden', async () => {
  const log = await openMetricsLog(path);
  log.write({ ...metrics(1), losses: { gan: Number.NaN, nce: Number.POSITIVE_INFINITY } });
  log.close();
  expect(logged()[0]?.losses).toEqual({ gan: 'NaN', nce: 'Infinity' });
});
