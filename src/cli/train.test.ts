import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockRunFolder, runFolder } from '../training/run/index.ts';
import { drawDataset, writePicture } from '../training/testing/dataset.ts';
import { temporaryFolder as keptFolder } from '../training/testing/sitting.ts';
import { tinyFirstStage } from '../training/testing/tiny-first-stage.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { tinyRun } from './testing/tiny-run.ts';

let data = '';
let run = '';
beforeEach(async () => {
  data = await temporaryFolder();
  run = path.join(await temporaryFolder(), 'run');
});

const oneStep = { schedule: { unit: 'steps', constant: 1, decay: 0 } };
const exists = (file: string) =>
  access(file)
    .then(() => true)
    .catch(() => false);

describe('unpaired train', () => {
  it('trains to the end, prints the folder, and says what comes next', async () => {
    const { code, stdout, stderr } = await captureProgram(...(await tinyRun(data, run, oneStep)));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${run}\n` });
    expect(stderr).toContain('new run of 1 steps on cpu; 5 + 4 training pictures, 2 + 3 test pictures\n');
    expect(stderr).toMatch(/^step 1\/1 \(100%\) {2}epoch 1 {2}.* {2}D_fake .* {2}G \S+$/m);
    expect(stderr).toMatch(/trained 1 steps; next: unpaired export --run \S+run --name my-model\n$/);
    expect(await exists(path.join(run, 'lock.json'))).toBe(false);
  });

  it('refuses to resume where there is no run, and leaves nothing there', async () => {
    const { code, stderr } = await captureProgram('train', '--run', run, '--resume');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `unpaired: ${run} holds no run to resume: it has no config.json (leave out --resume to begin a run)\n`,
    );
    expect(await exists(run)).toBe(false);
  });

  it('refuses settings that cannot be used, and leaves nothing there', async () => {
    const begin = await tinyRun(data, run, { crobSize: 3 });
    expect(await captureProgram(...begin)).toMatchObject({
      code: 1,
      stderr: 'unpaired: these training settings cannot be used: settings: Unrecognized key: "crobSize"\n',
    });
    expect(await exists(run)).toBe(false);
  });

  it('prints all settings where it is asked to, and leaves nothing there', async () => {
    const { code, stdout } = await captureProgram(
      ...[
        'train',
        '--method',
        'cut',
        '--data',
        data,
        '--run',
        run,
        '--print-config',
        '--set',
        'accumulate=4',
      ],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ method: 'cut', accumulate: 4, options: { patches: 256 } });
    expect(await exists(run)).toBe(false);
  });

  it('trains the second stage on the codes of a run of the first', async () => {
    const first = await tinyFirstStage(await temporaryFolder(), await drawDataset(data));
    const set = ['options.layers=1', 'options.heads=2', 'options.width=8', 'schedule.unit=steps'];
    const { code, stderr } = await captureProgram(
      ...['train', '--first-stage', first.path, '--run', run, '--provider', 'cpu', '--threads', '1'],
      ...[...set, 'schedule.constant=1'].flatMap((setting) => ['--set', setting]),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(
      'turning 5 + 4 pictures into codes, and 2 + 3 test pictures\nnew run of 1 steps on cpu; 5 + 4 training',
    );
    expect(stderr).toMatch(/^step 1\/1 .* {2}prior \S+ {2}held_out_bits_A \S+ {2}held_out_bits_B \S+$/m);
    expect(stderr).toMatch(/trained 1 steps\n$/);
    expect(await exists(path.join(run, 'codes.safetensors'))).toBe(true);
  });

  it('refuses weights that do not fit, and leaves nothing there', async () => {
    const other = path.join(data, 'other-run');
    expect((await captureProgram(...(await tinyRun(data, other, oneStep)))).code).toBe(0);
    const begin = await tinyRun(data, run, { ...oneStep, options: { generator: { filters: 3 } } });
    const { code, stderr } = await captureProgram(...begin, '--from', other);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /they do not fit generator: of another shape: model\.1\.weight is \[2, 3, 7, 7\] and not/,
    );
    expect(await exists(run)).toBe(false);
    const again = await captureProgram(...(await tinyRun(data, run, oneStep)), '--from', other);
    expect(again.code).toBe(0);
    const { warmStart } = JSON.parse(await readFile(path.join(run, 'config.json'), 'utf8'));
    expect(warmStart).toEqual([
      {
        file: expect.stringContaining('step-00000001.safetensors'),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('can be begun again when the pictures were not where they should be', async () => {
    const [elsewhere, begin] = [path.join(data, 'elsewhere'), await tinyRun(data, run, oneStep)];
    const missing = await captureProgram(...begin, '--data', elsewhere);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(`${elsewhere} is not a dataset: folder trainA is missing`);
    expect((await captureProgram(...begin)).code).toBe(0);
  });

  it('refuses a folder in which another trainer works', async () => {
    const begin = await tinyRun(data, run, oneStep);
    const lock = await lockRunFolder(runFolder(run));
    const { code, stderr } = await captureProgram(...begin);
    await lock.release();
    expect(code).toBe(1);
    expect(stderr).toContain(`is held by process ${process.pid}, which runs`);
    expect(await exists(path.join(run, 'config.json'))).toBe(false);
  });

  it('exits 1 when a loss is not finite', async () => {
    const begin = await tinyRun(data, run, { options: { optimizer: { learningRate: 1e30 } } });
    const { code, stdout, stderr } = await captureProgram(...begin);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/unpaired: training diverged: \w+ is \S+ at step 1; there is no checkpoint yet/);
    expect(await exists(path.join(run, 'lock.json'))).toBe(false);
  });

  it('counts the pictures that it could not read', async () => {
    const begin = await tinyRun(data, run, { schedule: { unit: 'epochs', constant: 1, decay: 0 } });
    await writePicture(path.join(data, 'trainA', 'broken.jpg'), Buffer.from('JFIF?'));
    const { code, stderr } = await captureProgram(...begin);
    expect(code).toBe(0);
    expect(stderr.match(/skipped trainA\/broken\.jpg: /g)).toHaveLength(1);
    expect(stderr).toMatch(/trained 6 steps \(broken pictures skipped: 1\); next: /);
  });
});

describe('where there is a run', () => {
  let old = '';
  let begin: string[] = [];
  beforeAll(async () => {
    old = path.join(await keptFolder(), 'run');
    begin = await tinyRun(await keptFolder(), old, oneStep);
    await captureProgram(...begin);
  });

  it('goes on with --resume, on other means but with the settings of the run', async () => {
    const { code, stderr } = await captureProgram('train', '--run', old, '--resume', '--workers', '2');
    expect(code).toBe(0);
    expect(stderr).toContain('resumed at step 1 of 1 steps');
  });

  it.each([
    [['--steps', '20', '--set', 'flip=false'], '--steps, --set'],
    [['--preset', 'published'], '--preset'],
    [
      ['--method', 'cut', '--data', 'photos', '--seed', '0', '--epochs', '2'],
      '--method, --data, --epochs, --seed',
    ],
  ])('refuses settings with --resume instead of leaving them unheeded: %j', async (flags, named) => {
    const { code, stderr } = await captureProgram('train', '--run', old, '--resume', ...flags);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `unpaired: --resume goes on with the settings of the run (${path.join(old, 'config.json')}): leave out ${named}\n`,
    );
  });

  it('refuses to begin another', async () => {
    const config = await readFile(path.join(old, 'config.json'), 'utf8');
    const { code, stderr } = await captureProgram(...begin, '--seed', '5');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `unpaired: ${old} already holds a run: add --resume to go on with it, or choose another --run\n`,
    );
    expect(await readFile(path.join(old, 'config.json'), 'utf8')).toBe(config);
  });
});
