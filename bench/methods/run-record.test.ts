import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { blankPixels, encode } from '../../src/image/index.ts';
import { lastStep, meanDifference, readRun } from './run-record.ts';

let run = '';
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'unpaired-run-record-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const size = { width: 4, height: 2 };

async function writePreview(name: string, brightness: number) {
  const grid = blankPixels(size, [brightness, brightness, brightness]);
  await writeFile(join(run, 'previews', name), await encode(grid, { format: 'png' }));
}

it('reads metrics up to the last whole line, and how previews changed', async () => {
  await mkdir(join(run, 'previews'));
  await writePreview('step-00000000-from-A.png', 10);
  await writePreview('step-00000010-from-A.png', 200);
  await writePreview('step-00000020-from-A.png', 40);
  const line = { step: 1, losses: { G: 2 }, seconds: 3 };
  await writeFile(join(run, 'metrics.jsonl'), `${JSON.stringify(line)}\n{"step":2,`);
  expect(await readRun(run)).toEqual({ lines: [line], previews: [{ from: 'A', change: 30 }] });
  expect(await lastStep(run)).toBe(1);
});

it('is at step 0 before there are metrics', async () => {
  expect(await lastStep(join(run, 'nowhere'))).toBe(0);
});

it('averages the difference over all bytes', () => {
  const left = blankPixels(size);
  const data = Uint8Array.from(left.data);
  data[5] = 48;
  expect(meanDifference(left, { ...size, data })).toBe(2);
});
