import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UnpairedError } from '../../../core/errors.ts';
import { familyOf, plainCode } from './code-points.ts';
import { charactersSchema, type IconSet, iconSetSchema, packageSchema } from './emoji-schema.ts';

/** A package of emoji is missing, or is not laid out as expected. */
export class EmojiPackageError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'EMOJI_PACKAGE_INVALID', status: 422, ...options });
  }
}

export const flatPackage = '@iconify-json/fluent-emoji-flat';
export const threeDPackage = '@lobehub/fluent-emoji-3d';

/**
 * Skin tones whose 3D pictures are mislabelled (version 1.1.0): those of U+1F3FC show medium dark skin, those of U+1F3FD
 * medium light. They are left out: pairs of the test would not be true.
 */
const mislabelledTones = /1f3f[cd]/;

/** One emoji that both packages have. */
export interface Emoji {
  /** `thumbs-up-dark`, as the flat package calls it. */
  readonly name: string;
  /** Code points without variation selectors: `1f44d-1f3ff`. */
  readonly code: string;
  /** The same for emoji that differ in skin tone or gender only. */
  readonly family: string;
  /** The flat drawing as a whole document. */
  readonly svg: string;
  /** Path of the 3D picture. */
  readonly picture: string;
}

export interface EmojiPackages {
  /** Name and version of both. */
  readonly sources: readonly string[];
  /** Those that both packages have, by code point; of two with the same drawing the first. Tones: see `mislabelledTones`. */
  readonly emoji: readonly Emoji[];
}

/**
 * Reads Microsoft's Fluent emoji in both styles and matches them by code point.
 * @param modules a folder `node_modules` that holds both packages
 * @throws EmojiPackageError
 */
export async function readEmojiPackages(modules: string): Promise<EmojiPackages> {
  const flat = join(modules, flatPackage);
  const threeD = join(modules, threeDPackage);
  const sources = [`${flatPackage}@${await versionOf(flat)}`, `${threeDPackage}@${await versionOf(threeD)}`];
  const iconSet = await readJson(join(flat, 'icons.json'), iconSetSchema);
  const names = await readJson(join(flat, 'chars.json'), charactersSchema);
  const emoji = matched(iconSet, names, await pictureFiles(join(threeD, 'assets')));
  if (emoji.length > 0) return { sources, emoji };
  throw new EmojiPackageError(`${sources.join(' and ')} in ${modules} have no emoji in common`);
}

function matched(
  iconSet: IconSet,
  names: Readonly<Record<string, string>>,
  pictures: ReadonlyMap<string, string>,
): Emoji[] {
  const drawn = new Set<string>();
  return Object.entries(names).flatMap(([points, name]) => {
    const code = plainCode(points);
    const picture = pictures.get(code);
    const svg = documentOf(iconSet, name);
    if (picture === undefined || svg === undefined) return [];
    if (mislabelledTones.test(code) || drawn.has(svg)) return [];
    drawn.add(svg);
    return { name, code, family: familyOf(code), svg, picture };
  });
}

function documentOf({ icons, width, height }: IconSet, name: string): string | undefined {
  const icon = icons[name];
  if (icon === undefined) return undefined;
  const box = `0 0 ${icon.width ?? width} ${icon.height ?? height}`;
  const spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  return `<svg ${spaces} viewBox="${box}">${icon.body}</svg>`;
}

/** Code to path. Some pictures are there twice, with and without leading zeros: the first by name counts. */
async function pictureFiles(folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new EmojiPackageError(`${folder} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const named = files.flatMap((file) => {
    const points = /^([0-9a-f-]+)\.(?:webp|png)$/.exec(file)?.[1];
    return points === undefined ? [] : [[plainCode(points), join(folder, file)] as const];
  });
  return new Map(named.sort(([, left], [, right]) => (left < right ? 1 : -1)));
}

async function versionOf(folder: string): Promise<string> {
  return (await readJson(join(folder, 'package.json'), packageSchema)).version;
}

async function readJson<T>(file: string, schema: { parse(value: unknown): T }): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new EmojiPackageError(`${file} is not what is expected there: ${messageOf(cause)}`, { cause });
  }
}
