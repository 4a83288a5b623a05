import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { madeUpRun } from '../training/run/report/testing/made-up-run.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

it('writes the page of a run and prints its path', async () => {
  const run = await madeUpRun();
  const { code, stdout, stderr } = await captureProgram('report', run.path);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${run.reportFile}\n`, stderr: '' });
  expect(await readFile(run.reportFile, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
});

it('writes the page elsewhere and leaves the run as it is', async () => {
  const [run, file] = [await madeUpRun(), path.join(await temporaryFolder(), 'pages', 'one.html')];
  expect(await captureProgram('report', run.path, '-o', file)).toMatchObject({
    code: 0,
    stdout: `${file}\n`,
  });
  expect(await readFile(file, 'utf8')).toContain('stopped');
  await expect(readFile(run.reportFile)).rejects.toThrow('ENOENT');
});

it('refuses a folder that holds no run', async () => {
  const folder = await temporaryFolder();
  expect(await captureProgram('report', folder)).toEqual({
    code: 1,
    stdout: '',
    stderr: `unpaired: ${folder} holds no run: it has no config.json\n`,
  });
});
