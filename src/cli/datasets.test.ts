import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { decode } from '../image/index.ts';
import { openDataset } from '../training/data/dataset.ts';
import { threeDColour, writeFakePackages } from '../training/datasets/emoji/testing/fake-packages.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

let modules = '';
let data = '';
beforeEach(async () => {
  modules = await temporaryFolder();
  data = await temporaryFolder();
  await writeFakePackages(modules);
});

const make = (folder: string, ...more: readonly string[]) =>
  captureProgram('datasets', 'emoji', folder, '--modules', modules, '--test', '10', ...more);

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(folder, { recursive: true })).sort()) {
    if (file.endsWith('.png')) hash.update(file).update(await readFile(path.join(folder, file)));
  }
  return hash.digest('hex');
}

describe('unpaired datasets emoji', () => {
  it('writes a dataset whose test pictures are the same emoji under the same names', async () => {
    const folder = path.join(data, 'emoji');
    expect(await make(folder, '--size', '24')).toEqual({ code: 0, stdout: `${folder}\n`, stderr: '' });
    const { trainA, trainB, testA, testB } = await openDataset(folder);
    const names = (files: readonly string[]) => files.map((file) => path.basename(file));
    expect([trainA, trainB, testA, testB].map(({ length }) => length)).toEqual([21, 21, 10, 10]);
    expect(names(testA)).toEqual(names(testB));
    expect(names(trainA).filter((name) => names([...trainB, ...testA]).includes(name))).toEqual([]);

    const flat = await decode(await readFile(path.join(folder, trainA[0] as string)));
    expect(flat).toMatchObject({ width: 24, height: 24 });
    const threeD = await decode(await readFile(path.join(folder, trainB[0] as string)));
    expect([...threeD.data.slice(0, 3)]).toEqual(threeDColour);

    const page = await readFile(path.join(folder, 'README.md'), 'utf8');
    expect(page).toContain(
      `unpaired datasets emoji ${folder} --styles flat,3d --size 24 --test 10 --seed 1\n`,
    );
    expect(page).toContain('| trainA | flat, to train on | 21 |');
    expect(page).toContain('@iconify-json/fluent-emoji-flat@1.0.0 and @lobehub/fluent-emoji-3d@2.0.0');
    expect(page).toContain('Copyright (c) Microsoft Corporation.');
  });

  it('makes black shapes on white of the style without colour', async () => {
    const folder = path.join(data, 'emoji');
    expect((await make(folder, '--size', '32', '--styles', 'high-contrast,3d')).code).toBe(0);
    const { trainA, trainB } = await openDataset(folder);
    const shape = await decode(await readFile(path.join(folder, trainA[0] as string)));
    const columns = [0, 31].map((x) => [...shape.data.slice(3 * x, 3 * x + 3)]);
    expect(columns).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ]);
    const threeD = await decode(await readFile(path.join(folder, trainB[0] as string)));
    expect([...threeD.data.slice(0, 3)]).toEqual(threeDColour);
    const page = await readFile(path.join(folder, 'README.md'), 'utf8');
    expect(page).toContain('# Fluent emoji, high contrast and 3D\n');
    expect(page).toContain('| testA | high contrast, held out | 10 |');
    expect(page).toContain('the Iconify project and by LobeHub');
  });

  it.each(['flat', 'flat,flat', 'flat,3d,high-contrast', 'flat,sketch'])(
    'refuses the styles %s',
    async (styles) => {
      const { code, stderr } = await make(path.join(data, 'emoji'), '--styles', styles);
      expect(code).toBe(2);
      expect(stderr).toContain('Expected two different ones of flat, 3d, high-contrast, with a comma.');
      expect(await readdir(data)).toEqual([]);
    },
  );

  it('makes the same of the same seed, byte by byte', async () => {
    const folders = ['one', 'two', 'three'].map((name) => path.join(data, name));
    for (const [index, seed] of ['7', '7', '8'].entries()) {
      expect((await make(folders[index] as string, '--size', '8', '--seed', seed)).code).toBe(0);
    }
    const [one, two, three] = await Promise.all(folders.map(digestOf));
    expect(two).toBe(one);
    expect(three).not.toBe(one);
  });

  it('writes nothing where something is', async () => {
    const folder = path.join(data, 'emoji');
    await mkdir(folder);
    await writeFile(path.join(folder, 'mine'), '');
    const { code, stderr } = await make(folder);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `unpaired: ${folder} exists already: choose another folder, or remove it first\n`,
    });
    expect(await readdir(data, { recursive: true })).toEqual(['emoji', 'emoji/mine']);
  });

  it('leaves nothing behind when a picture is broken', async () => {
    const assets = path.join(modules, '@lobehub/fluent-emoji-3d/assets');
    for (const file of await readdir(assets)) await writeFile(path.join(assets, file), 'no picture');
    const { code, stderr } = await make(path.join(data, 'emoji'));
    expect(code).toBe(1);
    expect(stderr).toContain('no known picture');
    expect(await readdir(data)).toEqual([]);
  });

  it('says how many emoji there are when too many are to be held out', async () => {
    const { code, stderr } = await captureProgram(
      ...['datasets', 'emoji', path.join(data, 'emoji'), '--modules', modules, '--test', '52'],
    );
    expect(code).toBe(1);
    expect(stderr).toContain('of 64 emoji, 52 cannot be held out');
  });
});
