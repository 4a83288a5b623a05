import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { numberedOutputs, planPictures } from './picture-plan.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

/** A folder with empty files of these paths. */
async function folderOf(...files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), '');
  }
  return folder;
}

async function plan(inputs: readonly string[], folder: string, out = 'out') {
  const planned = await planPictures(
    inputs.map((input) => path.join(folder, input)),
    { out: path.join(folder, out), format: 'jpeg' },
  );
  const below = (file: string) => path.relative(folder, file).split(path.sep).join('/');
  return planned.map(({ input, output }) => `${below(input)} > ${below(output)}`);
}

describe('planPictures', () => {
  it('puts files straight into the output folder, whatever their ending', async () => {
    const folder = await folderOf('a/b/horse.PNG', 'picture');
    expect(await plan(['a/b/horse.PNG', 'picture'], folder)).toEqual([
      'a/b/horse.PNG > out/horse.jpg',
      'picture > out/picture.jpg',
    ]);
  });

  it('keeps the paths below a folder, in order, without hidden files and other files', async () => {
    const folder = await folderOf(
      'p/b.webp',
      'p/a.jpg',
      'p/x/y/c.gif',
      'p/.hidden.png',
      'p/.git/d.png',
      'p/notes.txt',
    );
    expect(await plan(['p'], folder)).toEqual([
      'p/a.jpg > out/a.jpg',
      'p/b.webp > out/b.jpg',
      'p/x/y/c.gif > out/x/y/c.jpg',
    ]);
  });

  it('keeps the endings of pictures that differ in nothing else', async () => {
    const folder = await folderOf('p/a.jpg', 'p/a.png', 'p/b.png');
    expect(await plan(['p'], folder)).toEqual([
      'p/a.jpg > out/a.jpg.jpg',
      'p/a.png > out/a.png.jpg',
      'p/b.png > out/b.jpg',
    ]);
  });

  it('numbers several translations of a picture, and lets none overwrite a picture', async () => {
    expect(numberedOutputs('out/a.jpg', 10)[1]).toBe('out/a-02.jpg');
    expect(numberedOutputs('out/a.jpg', 1)).toEqual(['out/a.jpg']);
    const folder = await folderOf('out/a-2.jpg', 'a.png');
    const inputs = ['out/a-2.jpg', 'a.png'].map((file) => path.join(folder, file));
    const planned = planPictures(inputs, { out: path.join(folder, 'out'), format: 'jpeg', count: 3 });
    await expect(planned).rejects.toThrow(/a-2\.jpg is itself a picture to translate/);
  });

  it('does not translate the translations of the run before', async () => {
    const folder = await folderOf('a.png', 'out/a.jpg', 'outside.png');
    expect(await plan(['.'], folder)).toEqual(['a.png > out/a.jpg', 'outside.png > out/outside.jpg']);
  });

  it('refuses to overwrite a picture that it is to translate, also through a link', async () => {
    const folder = await folderOf('a.jpg', 'real/b.jpg');
    await expect(plan(['a.jpg'], folder, '.')).rejects.toThrow(/a\.jpg is itself a picture to translate/);
    await mkdir(path.join(folder, 'linked'));
    await symlink(path.join(folder, 'real/b.jpg'), path.join(folder, 'linked/b.jpg'));
    await expect(plan(['real/b.jpg'], folder, 'linked')).rejects.toThrow(/--out/);
  });

  it('translates a picture once, however often it is named', async () => {
    const folder = await folderOf('p/a.jpg');
    expect(await plan(['p', 'p/a.jpg', 'p/../p/a.jpg'], folder)).toEqual(['p/a.jpg > out/a.jpg']);
  });

  it('refuses two pictures of one name', async () => {
    const folder = await folderOf('p/a.jpg', 'q/a.jpg');
    await expect(plan(['p', 'q'], folder)).rejects.toThrow(
      /p\/a\.jpg and .*q\/a\.jpg would both become .*a\.jpg\.jpg/,
    );
  });

  it('names what is not there and a folder without pictures', async () => {
    const folder = await folderOf('p/notes.txt');
    await expect(plan(['gone.png'], folder)).rejects.toThrow(/no file or folder .*gone\.png/);
    await expect(plan(['p'], folder)).rejects.toThrow(/the folder .*p holds no picture/);
  });
});
