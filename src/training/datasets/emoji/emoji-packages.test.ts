import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEmojiPackages } from './emoji-packages.ts';
import { emojiStyles, type StylePair } from './emoji-styles.ts';
import { writeFakePackages } from './testing/fake-packages.ts';

const flatPackage = emojiStyles.flat.packageName;
const threeDPackage = emojiStyles['3d'].packageName;
const styles: StylePair = ['flat', '3d'];

let modules = '';
beforeEach(async () => {
  modules = await mkdtemp(join(tmpdir(), 'unpaired-modules-'));
});
afterEach(() => rm(modules, { recursive: true, force: true }));

const threeDFile = (name: string) => join(modules, threeDPackage, 'assets', name);

describe('readEmojiPackages', () => {
  it('matches emoji by code point, however the packages write it', async () => {
    await writeFakePackages(modules, { '1f44d-1f3fb': 'thumbs-up-light', '23-20e3': 'keycap' });
    await rm(threeDFile('23-20e3.png'));
    await writeFile(threeDFile('0023-fe0f-20e3.webp'), '');
    const { sources, emoji } = await readEmojiPackages(modules, styles);
    expect(sources).toEqual([`${flatPackage}@1.0.0`, `${threeDPackage}@2.0.0`]);
    expect(emoji.map(({ drawings, ...rest }) => ({ ...rest, picture: drawings[1] }))).toEqual([
      {
        name: 'thumbs-up-light',
        code: '1f44d-1f3fb',
        family: '1f44d',
        picture: { file: threeDFile('1f44d-1f3fb.png') },
      },
      {
        name: 'keycap',
        code: '23-20e3',
        family: '23-20e3',
        picture: { file: threeDFile('0023-fe0f-20e3.webp') },
      },
    ]);
    const [flat] = emoji[0]?.drawings ?? [];
    expect(flat).toEqual({ svg: expect.stringMatching(/^<svg [^>]*viewBox="0 0 32 32"><path .*<\/svg>$/) });
  });

  it('takes the first by name where a picture is there twice', async () => {
    await writeFakePackages(modules, { '23-20e3': 'keycap' });
    await writeFile(threeDFile('0023-fe0f-20e3.webp'), '');
    const { emoji } = await readEmojiPackages(modules, styles);
    expect(emoji.map(({ drawings }) => drawings[1])).toEqual([{ file: threeDFile('0023-fe0f-20e3.webp') }]);
  });

  it('leaves out what only one has, what is drawn twice, and the skin tones that are mislabelled', async () => {
    const names = { '1f600': 'grin', '1f638': 'cat', '1f639': 'cat', '1f44d-1f3fc': 'x', '1f44d-1f3fd': 'y' };
    await writeFakePackages(modules, { ...names, '1f44d-1f3fe': 'z' });
    await rm(threeDFile('1f600.png'));
    const { emoji } = await readEmojiPackages(modules, styles);
    expect(emoji.map(({ name, code }) => [name, code])).toEqual([
      ['cat', '1f638'],
      ['z', '1f44d-1f3fe'],
    ]);
  });

  it.each<StylePair>([
    ['high-contrast', '3d'],
    ['3d', 'high-contrast'],
    ['high-contrast', 'flat'],
  ])(
    'reads %s and %s, names from the first that has some, without the tones that one lacks',
    async (...pair) => {
      await writeFakePackages(modules, {
        '1f44d': 'thumbs-up',
        '1f44d-1f3fb': 'thumbs-up-light',
        '1f600': 'grin',
      });
      const { sources, emoji } = await readEmojiPackages(modules, pair);
      expect(sources).toEqual(pair.map((style) => expect.stringContaining(emojiStyles[style].packageName)));
      expect(emoji.map(({ name }) => name).sort()).toEqual(['grin', 'thumbs-up']);
      const black = emoji[0]?.drawings[pair.indexOf('high-contrast')];
      expect(black).toEqual({ svg: expect.stringContaining('currentColor') });
    },
  );

  it('says which file is not what is expected', async () => {
    await writeFakePackages(modules);
    const file = join(modules, flatPackage, 'icons.json');
    await writeFile(file, '{"icons": []}');
    await expect(readEmojiPackages(modules, styles)).rejects.toThrow(`${file} is not what is expected there`);
    await writeFakePackages(modules);
    await rm(join(modules, threeDPackage), { recursive: true });
    await expect(readEmojiPackages(modules, styles)).rejects.toThrow('ENOENT');
  });

  it('says that the packages have nothing in common', async () => {
    await writeFakePackages(modules, { '1f600': 'grin' });
    await rm(threeDFile('1f600.png'));
    await expect(readEmojiPackages(modules, styles)).rejects.toThrow('have no emoji in common');
  });
});
