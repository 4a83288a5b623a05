import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deviceDifference, readTuning, tuningPath, writeTuning } from './tuning-file.ts';
import type { Tuning } from './tuning-schema.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unpaired-tuning-'));
});
afterAll(() => rm(folder, { recursive: true }));

const device = { processor: 'P', threads: 8, provider: 'cpu', deviceId: 0, onnxruntime: '1.2.3' };
const tuning: Tuning = {
  schemaVersion: 1,
  measuredAt: '2026-01-01T00:00:00.000Z',
  device,
  lanes: 2,
  threadsPerLane: 3,
  models: [],
};

it('lies beside the models, or where it is put', () => {
  expect(tuningPath({ TUNING_FILE: 'auto', MODELS_DIR: 'm' })).toBe(path.join('m', 'tuning.json'));
  expect(tuningPath({ TUNING_FILE: '/t.json', MODELS_DIR: 'm' })).toBe('/t.json');
  expect(tuningPath({ TUNING_FILE: 'none', MODELS_DIR: 'm' })).toBeUndefined();
});

it('is read as it was written', async () => {
  const notes: string[] = [];
  const file = path.join(folder, 'tuning.json');
  await writeTuning(file, tuning);
  expect(await readTuning(file, (note) => notes.push(note))).toEqual(tuning);
  expect(await readTuning(path.join(folder, 'absent.json'), (note) => notes.push(note))).toBeUndefined();
  expect(await readTuning(undefined, (note) => notes.push(note))).toBeUndefined();
  expect(notes).toEqual([]);
});

it.each([
  ['no JSON', '{'],
  ['another schema', JSON.stringify({ ...tuning, lanes: 0 })],
])('is not used when it is %s, which is said in one line', async (_, text) => {
  const notes: string[] = [];
  const file = path.join(folder, 'wrong.json');
  await writeFile(file, text);
  expect(await readTuning(file, (note) => notes.push(note))).toBeUndefined();
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/wrong\.json is not used: .+/);
  expect(notes[0]).not.toContain('\n');
});

it('holds on the device alone that was measured', () => {
  expect(deviceDifference(device, { ...device })).toBeUndefined();
  expect(deviceDifference(device, { provider: 'cpu' })).toBeUndefined();
  for (const change of [
    { processor: 'Q' },
    { threads: 4 },
    { provider: 'cuda' },
    { onnxruntime: '2' },
    { deviceId: 1 },
  ])
    expect(deviceDifference(device, { ...device, ...change })).toContain(Object.keys(change)[0]);
  expect(deviceDifference(device, { threads: 4 })).toBe(
    'it was measured with threads 8, here it is 4; run unpaired tune',
  );
});
