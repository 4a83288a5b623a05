import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { deviceHere, readTuning, tuningPath, writeTuning } from '../serving/index.ts';
import { writeExemplarGuidedPackage, writePackage } from '../serving/testing/model-package.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const face = { dtype: 'uint8', shape: ['n', 'h', 'w', 3] } as const;
const identity = tinyModel({
  inputs: [{ name: 'input', ...face }],
  outputs: [{ name: 'output', ...face }],
  nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
});

it('measures a model, prints the table and writes the choice where the service reads it', async () => {
  const models = await temporaryFolder();
  await writePackage(models, { name: 'same', onnx: identity });
  const ran = await captureProgram(...['tune', '--models', models, '--provider', 'cpu', '--seconds', '0.01']);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^MODEL +LANES x THREADS +PICTURES\/S\nsame\/1 +1 x \d+ +[\d.]+\n/m);
  expect(ran.stdout).toMatch(/^same\/1 +16x16 +1 +[\d.]+ +[\d.]+ +-?[\d.]+ \+ -?[\d.]+ n/m);
  const file = tuningPath({ TUNING_FILE: 'auto', MODELS_DIR: models });
  expect(ran.stderr).toContain(`wrote ${file}\n`);
  const tuning = await readTuning(file, (reason) => expect.unreachable(reason));
  const manifest = JSON.parse(await readFile(path.join(models, 'same', '1', 'manifest.json'), 'utf8'));
  expect(tuning?.device.provider).toBe('cpu');
  expect(tuning?.models).toMatchObject([
    { model: 'same', version: '1', sha256: manifest.networks.generator.sha256, width: 16, height: 16 },
  ]);
  const [measured] = tuning?.models ?? [];
  expect(measured?.latencies.map(({ items }) => items)).toContain(measured?.maxBatch);
  expect(measured?.layouts.map(({ lanes, threadsPerLane }) => ({ lanes, threadsPerLane }))).toContainEqual({
    lanes: tuning?.lanes,
    threadsPerLane: tuning?.threadsPerLane,
  });
});

it('measures a model of any size at each that is asked for, in place of what was measured of it before', async () => {
  const models = await temporaryFolder();
  const image = { width: 16, height: 16, flexible: true };
  await writePackage(models, { name: 'same', onnx: identity, image });
  const measured = { version: '1', sha256: '', width: 8, height: 8, maxBatch: 1 };
  const before = { ...measured, latencies: [], fit: { fixed: 0, perItem: 0, residual: 0 }, layouts: [] };
  const file = path.join(models, 'tuning.json');
  await writeTuning(file, {
    schemaVersion: 1,
    measuredAt: '2026-01-01T00:00:00.000Z',
    device: { ...deviceHere({ DEVICE_ID: 0 }), provider: 'cpu' },
    lanes: 1,
    threadsPerLane: 1,
    models: [
      { ...before, model: 'same' },
      { ...before, model: 'other' },
    ],
  });
  const tune = ['tune', '--models', models, '--provider', 'cpu', '--seconds', '0.01'];
  const refused = await captureProgram(...tune, '--sizes', '32x30');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^unpaired: model "same" takes sizes that are multiples of 4.*got 32x30\n$/);

  expect((await captureProgram(...tune, '--sizes', '32x8,64x64')).code).toBe(0);
  const tuning = await readTuning(file, (reason) => expect.unreachable(reason));
  expect(tuning?.models).toMatchObject([
    { model: 'other', width: 8, height: 8 },
    { model: 'same', width: 32, height: 8 },
    { model: 'same', width: 64, height: 64 },
  ]);
  // One layout for all: it is measured at the first size.
  expect(tuning?.models.map(({ layouts }) => layouts.length > 0)).toEqual([false, true, false]);
});

it('measures the generator of a model of several networks', async () => {
  const models = await temporaryFolder();
  const folder = await writeExemplarGuidedPackage(models, { name: 'many' });
  const ran = await captureProgram('tune', '--models', models, '--provider', 'cpu', '--seconds', '0.01');
  expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(/^many\/1 +16x16 +1 +[\d.]+ /m)]);
  const file = tuningPath({ TUNING_FILE: 'auto', MODELS_DIR: models });
  const tuning = await readTuning(file, (reason) => expect.unreachable(reason));
  const { networks } = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
  expect(tuning?.models).toMatchObject([{ model: 'many', sha256: networks.generator.sha256 }]);
});

it('says in one line which model there is not, before anything is measured', async () => {
  const models = await temporaryFolder();
  const ran = await captureProgram('tune', '--models', models, '--model', 'absent', '--provider', 'cpu');
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^unpaired: there is no model "absent".*\n$/);
});
