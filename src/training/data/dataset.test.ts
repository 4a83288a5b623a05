import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatasetError, openDataset } from './dataset.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dataset-'));
});

afterEach(() => rm(root, { recursive: true }));

async function touch(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
}

describe('openDataset', () => {
  test('finds pictures at any depth, by ending in any case, and nothing else', async () => {
    await touch('trainA/z.png', 'trainA/deep/er/b.JPG', 'trainA/deep/a.jpeg', 'trainA/m.WebP');
    await touch('trainA/notes.txt', 'trainA/x.gif', 'trainA/._z.png', 'trainA/.cache/y.png', 'trainA/png');
    await touch('trainB/1.png', 'testA/1.png', 'testB/1.png');
    const dataset = await openDataset(root);
    expect(dataset.trainA).toEqual([
      'trainA/deep/a.jpeg',
      'trainA/deep/er/b.JPG',
      'trainA/m.WebP',
      'trainA/z.png',
    ]);
    expect(dataset.testB).toEqual(['testB/1.png']);
  });

  test('sorts by code units, whatever the locale', async () => {
    await touch(
      'trainB/b.png',
      'trainB/B.png',
      'trainB/é.png',
      'trainB/a10.png',
      'trainB/a2.png',
      'trainB/a/z.png',
    );
    await touch('trainA/1.png', 'testA/1.png', 'testB/1.png');
    const names = (await openDataset(root)).trainB.map((path) => path.slice('trainB/'.length));
    expect(names).toEqual(['B.png', 'a/z.png', 'a10.png', 'a2.png', 'b.png', 'é.png']);
  });

  test('follows links to folders and pictures, and ends where links go in a circle', async () => {
    await touch('store/1.png', 'store/2.png', 'trainB/1.png', 'testA/1.png', 'testB/1.png', 'trainA/0.png');
    await symlink(join(root, 'store'), join(root, 'trainA/linked'));
    await symlink(join(root, 'store/1.png'), join(root, 'trainA/one.png'));
    await symlink(join(root, 'trainA'), join(root, 'store/back'));
    await symlink(join(root, 'nowhere'), join(root, 'trainA/lost.png'));
    expect((await openDataset(root)).trainA).toEqual([
      'trainA/0.png',
      'trainA/linked/1.png',
      'trainA/linked/2.png',
      'trainA/lost.png',
      'trainA/one.png',
    ]);
  });

  test('names every folder that is missing, empty or no folder', async () => {
    await touch('trainA/1.png', 'trainB/readme.txt', 'testB');
    const fault = await openDataset(root).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(DatasetError);
    expect(fault).toMatchObject({ code: 'DATASET_INVALID', status: 422 });
    const { message } = fault as DatasetError;
    expect(message).toContain('folder trainB holds no picture');
    expect(message).toContain('folder testA is missing');
    expect(message).toContain('folder testB is not a folder');
    expect(message).not.toContain('folder trainA');
  });
});
