import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readTuning, tuningPath } from '../serving/index.ts';
import { writePackage } from '../serving/testing/model-package.ts';
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
  expect(ran.stdout).toMatch(/^same\/1 +1 +[\d.]+ +[\d.]+ +-?[\d.]+ \+ -?[\d.]+ n/m);
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

it('says in one line which model there is not, before anything is measured', async () => {
  const models = await temporaryFolder();
  const ran = await captureProgram('tune', '--models', models, '--model', 'absent', '--provider', 'cpu');
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^unpaired: there is no model "absent".*\n$/);
});
