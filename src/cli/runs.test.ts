import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRunFolder, runFolder } from '../training/run/index.ts';
import { madeUpRun } from '../training/run/report/testing/made-up-run.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

/** Puts a made-up run into a folder of runs. */
async function place(root: string, name: string, ...run: Parameters<typeof madeUpRun>): Promise<string> {
  const target = path.join(root, name);
  await mkdir(path.dirname(target), { recursive: true });
  await rename((await madeUpRun(...run)).path, target);
  return target;
}

interface Listed {
  name: string;
  state: string;
  reason?: string;
}

async function listed(root: string): Promise<Listed[]> {
  const { code, stdout } = await captureProgram('runs', root, '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Listed[];
}

describe('unpaired runs', () => {
  it('lists runs with how they stand, also those in groups', async () => {
    const root = await temporaryFolder();
    const live = await place(root, 'live', { losses: [1, 2] });
    await place(root, 'zoo/stopped', { sittings: [{ ended: {} }] });
    await place(root, 'diverged', {
      sittings: [{ ended: { how: 'diverged', reason: 'G is NaN at step 5' } }],
    });
    const lock = await lockRunFolder(runFolder(live));
    const { code, stdout, stderr } = await captureProgram('runs', root);
    await lock.release();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replace(/\d+s ago/g, '3s ago')).toBe(
      [
        'NAME         METHOD  STATE     STEP  IMAGES/S  UPDATED  LOSSES  DATASET  NOTE',
        'diverged     cut     diverged  4/8   1.50      3s ago   G 2.50  photos   G is NaN at step 5',
        'live         cut     running   2/8   1.50      3s ago   G 2.00  photos',
        'zoo/stopped  cut     stopped   4/8   1.50      3s ago   G 2.50  photos',
        '',
      ].join('\n'),
    );
  });

  it('prints everything as JSON', async () => {
    const run = await place(await temporaryFolder(), 'one', { losses: [1, Number.NaN], sittings: [] });
    expect(await listed(path.dirname(run))).toEqual([
      {
        name: 'one',
        path: run,
        state: 'diverged',
        reason: 'G is NaN',
        method: 'cut',
        step: 2,
        totalSteps: 8,
        epoch: 1,
        losses: { 'D<fake>': 0.25, G: 'NaN' },
        imagesPerSecond: 1.5,
        seconds: 120,
        dataset: 'photos',
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    ]);
  });

  it('names what is no run or cannot be read, and lists the others', async () => {
    const root = await temporaryFolder();
    await place(root, 'good');
    await writeFile(path.join(await place(root, 'broken'), 'config.json'), '{"method":');
    await mkdir(path.join(root, 'unsettled', 'checkpoints'), { recursive: true });
    await mkdir(path.join(root, 'pictures', 'horses'), { recursive: true });
    await mkdir(path.join(root, '.hidden'));
    await writeFile(path.join(root, 'README.txt'), 'runs of mine');
    await writeFile(path.join(await place(root, 'odd'), 'config.json'), '[7]');
    const runs = (await listed(root)).map(({ name, state, reason }) => [name, state, reason]);
    expect(runs).toEqual([
      ['broken', 'unreadable', expect.stringMatching(/config\.json cannot be read as JSON/)],
      ['good', 'stopped', expect.stringContaining('killed')],
      ['odd', 'unreadable', 'its config.json names no method'],
      ['pictures', 'unreadable', 'no run: it has no config.json'],
      ['unsettled', 'unreadable', 'it has no config.json'],
    ]);
  });

  it('takes the folder of a run itself', async () => {
    const run = await place(await temporaryFolder(), 'one');
    expect(await listed(run)).toMatchObject([{ name: '.', path: run, state: 'stopped' }]);
  });

  it('says so when there is no run, and fails where there is no folder', async () => {
    const root = await temporaryFolder();
    const empty = await captureProgram('runs', root, '--json');
    expect(empty).toEqual({ code: 0, stdout: '[]\n', stderr: `there is no run in ${root}\n` });
    const missing = await captureProgram('runs', path.join(root, 'nowhere'));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('nowhere');
  });
});
