import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeDatasetFolder } from './dataset-folder.ts';

let parent = '';
let folder = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'unpaired-dataset-'));
  folder = join(parent, 'data', 'emoji');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const fill = (partial: string) => writeFile(join(partial, 'file'), 'x');

it.each([true, false])('writes the folder, there and empty before: %s', async (there) => {
  if (there) await mkdir(folder, { recursive: true });
  await writeDatasetFolder(folder, fill);
  expect(await readdir(folder)).toEqual(['file']);
  expect(await readdir(join(parent, 'data'))).toEqual(['emoji']);
});

it('leaves nothing when the work fails', async () => {
  const failing = async (partial: string) => {
    await fill(partial);
    throw new Error('no more');
  };
  await expect(writeDatasetFolder(folder, failing)).rejects.toThrow('no more');
  expect(await readdir(join(parent, 'data'))).toEqual([]);
});

it('refuses a folder that holds something, before any work and after it', async () => {
  await expect(
    writeDatasetFolder(folder, async () => {
      await mkdir(folder);
      await writeFile(join(folder, 'theirs'), '');
    }),
  ).rejects.toThrow(`${folder} exists already`);
  const untouched = () => expect.fail('the work was begun');
  await expect(writeDatasetFolder(folder, untouched)).rejects.toThrow(`${folder} exists already`);
  expect(await readdir(folder)).toEqual(['theirs']);
});

it('refuses a file in its place', async () => {
  await mkdir(join(parent, 'data'));
  await writeFile(folder, '');
  await expect(writeDatasetFolder(folder, fill)).rejects.toThrow(`${folder} exists already`);
});
