import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blankPixels, encode } from '../../../../image/index.ts';
import { withoutSkinTone } from '../code-points.ts';
import { emojiStyles } from '../emoji-styles.ts';

/** What the 3D pictures of the fake are filled with. */
export const threeDColour = [10, 200, 30] as const;

/** Twelve emoji of two people's skin tones each, and forty things without any. */
function fakeCharacters(): Record<string, string> {
  const things = Array.from({ length: 40 }, (_, index) => [`1f6${10 + index}`, `thing-${index}`]);
  const hands = Array.from({ length: 12 }, (_, index) => [
    [`1f4${10 + index}`, `hand-${index}`],
    [`1f4${10 + index}-1f3fb`, `hand-${index}-light`],
    [`1f4${10 + index}-1f3fd`, `hand-${index}-medium`],
  ]);
  return Object.fromEntries([...things, ...hands.flat()]);
}

/**
 * Writes the packages of all styles as npm would lay them out: flat and 3D pictures of one colour, and black bars on
 * nothing, without skin tones.
 * @param modules folder to write them to
 * @param characters code points to name; default: some of each kind
 */
export async function writeFakePackages(modules: string, characters = fakeCharacters()): Promise<void> {
  const names = [...new Set(Object.values(characters))];
  const icons = Object.fromEntries(
    names.map((name, index) => [name, { body: `<path fill="#${colourOf(index)}" d="M0 0h32v32H0z"/>` }]),
  );
  await writeIconSet(join(modules, emojiStyles.flat.packageName), icons, characters);
  const bars = Object.fromEntries(
    names.map((name, index) => [
      name,
      { body: `<path fill="currentColor" d="M0 0h${8 + index / 8}v32H0z"/>` },
    ]),
  );
  const toneless = Object.entries(characters).filter(([code]) => withoutSkinTone(code) === code);
  await writeIconSet(
    join(modules, emojiStyles['high-contrast'].packageName),
    bars,
    Object.fromEntries(toneless),
  );
  const picture = await encode(blankPixels({ width: 16, height: 16 }, threeDColour), { format: 'png' });
  const files = Object.keys(characters).map((code) => [`assets/${code}.png`, picture]);
  await writeFiles(join(modules, emojiStyles['3d'].packageName), {
    'package.json': JSON.stringify({ version: '2.0.0' }),
    ...Object.fromEntries(files),
  });
}

async function writeIconSet(folder: string, icons: object, characters: Readonly<Record<string, string>>) {
  await writeFiles(folder, {
    'package.json': JSON.stringify({ version: '1.0.0' }),
    'icons.json': JSON.stringify({ width: 32, height: 32, icons }),
    'chars.json': JSON.stringify(characters),
  });
}

/** A colour of its own for each icon. */
function colourOf(index: number): string {
  return (0x800000 + 997 * index).toString(16);
}

async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>) {
  await mkdir(join(folder, 'assets'), { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
}
