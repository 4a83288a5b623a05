import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { float32, int64, type Tensor, tensor } from '../../core/tensor.ts';
import { writeSafetensors } from '../pytorch/safetensors.ts';
import {
  CheckpointDamagedError,
  latestCheckpoint,
  loadCheckpoint,
  NoUsableCheckpointError,
  saveCheckpoint,
} from './checkpoint.ts';
import { checkpointName } from './checkpoint-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function tensorsOf(step: number): Map<string, Tensor> {
  return new Map<string, Tensor>([
    ['model.1.weight', float32([2, 3], [1, -2, 3.5, Number.NaN, 0, step])],
    ['optimizer.step', int64([], [step])],
    ['flags', tensor('bool', [3], Uint8Array.of(1, 0, 1))],
    ['empty', float32([0, 4], [])],
  ]);
}

async function save(step: number): Promise<string> {
  return await saveCheckpoint(folder, { step, tensors: tensorsOf(step), meta: { epoch: step / 10 } });
}

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
}

test('everything comes back as it was saved', async () => {
  const meta = { epoch: 3, order: [1, 2], text: 'ü "quoted"', nothing: null };
  const path = await saveCheckpoint(folder, { step: 12_000, tensors: tensorsOf(7), meta });
  expect(path).toBe(join(folder, 'step-00012000.safetensors'));
  const loaded = await loadCheckpoint(path);
  expect({ ...loaded, tensors: new Map([...loaded.tensors].sort()) }).toEqual({
    path,
    step: 12_000,
    meta,
    tensors: new Map([...tensorsOf(7)].sort()),
  });
});

test('views into larger arrays are saved as what they show', async () => {
  const large = Float32Array.of(9, 1, 2, 9);
  const tensors = new Map([['view', float32([2], large.subarray(1, 3))]]);
  const loaded = await loadCheckpoint(await saveCheckpoint(folder, { step: 1, tensors, meta: {} }));
  expect(loaded.tensors.get('view')?.data).toEqual(Float32Array.of(1, 2));
});

test('the newest is the latest, three are kept', async () => {
  for (const step of [10, 20, 30, 40]) await save(step);
  expect(await latestCheckpoint(folder)).toMatchObject({ step: 40, meta: { epoch: 4 }, damaged: [] });
  expect(await readdir(folder)).toEqual([20, 30, 40].map(checkpointName));
});

test('no folder and an empty folder have no latest checkpoint', async () => {
  expect(await latestCheckpoint(join(folder, 'none'))).toBeUndefined();
  expect(await latestCheckpoint(folder)).toBeUndefined();
});

test('a newest file cut short anywhere is reported and the one before is used', async () => {
  const good = await save(10);
  const whole = await readFile(await save(20));
  for (let length = 0; length < whole.length; length += 7) {
    await truncate(await save(20), length);
    const latest = await latestCheckpoint(folder);
    expect(latest).toMatchObject({ step: 10, path: good });
    expect(latest?.damaged.map((error) => error.message)).toEqual([
      expect.stringContaining(checkpointName(20)),
    ]);
  }
});

test('a flipped bit is noticed wherever it changes what is restored', async () => {
  await save(10);
  const path = await save(20);
  const { length } = await readFile(path);
  for (let at = 0; at < length; at += 5) {
    await flipByte(path, at);
    const latest = await latestCheckpoint(folder);
    if (latest?.step === 20) expect(latest).toMatchObject({ tensors: tensorsOf(20), meta: { epoch: 2 } });
    else expect(latest?.damaged).toHaveLength(1);
    await flipByte(path, at);
  }
  expect(await latestCheckpoint(folder)).toMatchObject({ step: 20, damaged: [] });
});

test('a flipped bit in a weight is told with both checksums', async () => {
  const path = await save(10);
  const { length } = await readFile(path);
  await flipByte(path, length - 1);
  await expect(loadCheckpoint(path)).rejects.toThrow(CheckpointDamagedError);
  await expect(loadCheckpoint(path)).rejects.toThrow(/content has SHA-256 [0-9a-f]{64}, it was saved with/);
});

test('only damaged files are an error, not a new start', async () => {
  for (const step of [10, 20]) await truncate(await save(step), 100);
  await expect(latestCheckpoint(folder)).rejects.toThrow(NoUsableCheckpointError);
  await expect(latestCheckpoint(folder)).rejects.toThrow(/none of the 2 checkpoints.*00000020.*00000010/);
});

test('a missing file is not called damaged', async () => {
  await expect(loadCheckpoint(join(folder, checkpointName(1)))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('going on after a damaged newest file leaves one course', async () => {
  await save(10);
  await truncate(await save(30), 50);
  await save(20);
  expect(await latestCheckpoint(folder)).toMatchObject({ step: 20, damaged: [] });
  expect(await readdir(folder)).toEqual([10, 20].map(checkpointName));
});

test('what killed writers left is passed over and removed', async () => {
  const path = await save(10);
  await copyFile(path, join(folder, `${checkpointName(20)}.4711.partial`));
  expect(await latestCheckpoint(folder)).toMatchObject({ step: 10, damaged: [] });
  await save(30);
  expect(await readdir(folder)).toEqual([10, 30].map(checkpointName));
});

test('saving a step again replaces it', async () => {
  await saveCheckpoint(folder, { step: 5, tensors: new Map(), meta: { try: 1 } });
  await saveCheckpoint(folder, { step: 5, tensors: new Map(), meta: { try: 2 } });
  expect(await latestCheckpoint(folder)).toMatchObject({ step: 5, meta: { try: 2 } });
});

test.each([tensor('float64', [1], Float64Array.of(1)), tensor('float16', [1], Uint16Array.of(1))])(
  '$dtype, which would come back as float32, is refused',
  async (state) => {
    const attempt = saveCheckpoint(folder, { step: 1, tensors: new Map([['ema', state]]), meta: {} });
    await expect(attempt).rejects.toThrow(`a checkpoint holds floats as float32, ema is ${state.dtype}`);
    expect(await readdir(folder)).toEqual([]);
  },
);

test('other integers come back as they are', async () => {
  const tensors = new Map<string, Tensor>([
    ['a', tensor('int32', [2], Int32Array.of(-1, 2))],
    ['b', tensor('int8', [2], Int8Array.of(-1, 2))],
    ['c', tensor('uint8', [2], Uint8Array.of(255, 2))],
  ]);
  const path = await saveCheckpoint(folder, { step: 1, tensors, meta: {} });
  expect((await loadCheckpoint(path)).tensors).toEqual(tensors);
});

test('a safetensors file that is no checkpoint is refused with what it lacks', async () => {
  const path = join(folder, checkpointName(1));
  await writeFile(path, writeSafetensors(tensorsOf(1)));
  await expect(loadCheckpoint(path)).rejects.toThrow('must have step, meta and sha256, got none');
});

test('a bad retention is refused before anything is written', async () => {
  const attempt = saveCheckpoint(folder, { step: 1, tensors: new Map(), meta: {} }, { keep: 0 });
  await expect(attempt).rejects.toThrow('keep must be an integer of at least 1, got 0');
  expect(await readdir(folder)).toEqual([]);
});
