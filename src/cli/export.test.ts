import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseManifest } from '../core/manifest.ts';
import { tensor } from '../core/tensor.ts';
import { LanePool } from '../runtime/index.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { tinyRun } from './testing/tiny-run.ts';

it('makes a package of a run that a lane opens and translates with', async () => {
  const run = path.join(await temporaryFolder(), 'run');
  const models = await temporaryFolder();
  const oneStep = { schedule: { unit: 'steps', constant: 1, decay: 0 } };
  expect((await captureProgram(...(await tinyRun(await temporaryFolder(), run, oneStep)))).code).toBe(0);
  const weights = path.join(await temporaryFolder(), 'weights.safetensors');
  const about = [
    '--safetensors',
    weights,
    '--source',
    'red',
    '--target',
    'blue',
    '--command',
    'one',
    '--command',
    'two',
  ];
  const exported = await captureProgram(
    ...['export', '--run', run, '--name', 'red2blue', '--models', models, ...about],
  );
  const target = path.join(models, 'red2blue', '1');
  expect(exported).toEqual({ code: 0, stdout: `${target}\n`, stderr: '' });

  const manifest = parseManifest(await readFile(path.join(target, 'manifest.json'), 'utf8'), 'manifest');
  expect(manifest.provenance.software).toMatch(/^unpaired \d/);
  expect(await readFile(path.join(target, 'CARD.md'), 'utf8')).toContain('```sh\none\ntwo\n```');

  const imported = await captureProgram(
    'import',
    weights,
    '--name',
    'again',
    '--models',
    models,
    '--size',
    '16',
  );
  expect(imported.code).toBe(0);
  const again = await readFile(path.join(models, 'again', '1', 'manifest.json'), 'utf8');
  expect(parseManifest(again, 'manifest').networks).toEqual(manifest.networks);

  const pool = await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' });
  try {
    const { inputNames } = await pool.load('red2blue', path.join(target, 'generator.onnx'));
    const picture = tensor('uint8', [2, 20, 12, 3], new Uint8Array(2 * 20 * 12 * 3).fill(99));
    const { outputs } = await pool.run('red2blue', { [inputNames[0] as string]: picture });
    const [translation] = Object.values(outputs);
    expect(translation).toMatchObject({ dtype: 'uint8', dims: [2, 20, 12, 3] });
  } finally {
    await pool.close();
  }
});

it('says which run there is none of', async () => {
  const nowhere = path.join(await temporaryFolder(), 'nowhere');
  expect(await captureProgram('export', '--run', nowhere, '--name', 'm')).toEqual({
    code: 1,
    stdout: '',
    stderr: `unpaired: ${nowhere} holds no training run: it has no config.json\n`,
  });
});
