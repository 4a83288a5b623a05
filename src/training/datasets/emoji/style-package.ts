import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UnpairedError } from '../../../core/errors.ts';
import { plainCode } from './code-points.ts';
import { charactersSchema, type IconSet, iconSetSchema, packageSchema } from './emoji-schema.ts';
import { type EmojiStyle, emojiStyle } from './emoji-styles.ts';

/** A package of emoji is missing, or is not laid out as expected. */
export class EmojiPackageError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'EMOJI_PACKAGE_INVALID', status: 422, ...options });
  }
}

/** A whole SVG document, or the path of a picture. */
export type Drawing = { readonly svg: string } | { readonly file: string };

export interface DrawnEmoji {
  /** `thumbs-up-dark`; undefined where the package knows its emoji by code points alone. */
  readonly name?: string;
  readonly drawing: Drawing;
}

export interface StylePackage {
  /** Its name and version: `name@1.2.6`. */
  readonly source: string;
  /** By code points without variation selectors, in the order of the package. */
  readonly emoji: ReadonlyMap<string, DrawnEmoji>;
}

/**
 * Reads Microsoft's Fluent emoji in one style.
 * @param modules a folder `node_modules` that holds its package
 * @throws EmojiPackageError
 */
export async function readStylePackage(modules: string, style: EmojiStyle): Promise<StylePackage> {
  const { packageName, layout, wrong } = emojiStyle(style);
  const folder = join(modules, packageName);
  const { version } = await readJson(join(folder, 'package.json'), packageSchema);
  const drawn =
    layout === 'icon-set' ? await readIconSet(folder) : await readPictures(join(folder, 'assets'));
  const emoji = new Map<string, DrawnEmoji>();
  // Some are there twice, with and without leading zeros or variation selectors: the first counts.
  for (const [code, one] of drawn) if (!emoji.has(code) && !wrong?.test(code)) emoji.set(code, one);
  return { source: `${packageName}@${version}`, emoji };
}

type Entry = readonly [code: string, emoji: DrawnEmoji];

async function readIconSet(folder: string): Promise<Entry[]> {
  const iconSet = await readJson(join(folder, 'icons.json'), iconSetSchema);
  const names = await readJson(join(folder, 'chars.json'), charactersSchema);
  return Object.entries(names).flatMap(([points, name]) => {
    const svg = documentOf(iconSet, name);
    return svg === undefined ? [] : [[plainCode(points), { name, drawing: { svg } }] as const];
  });
}

function documentOf({ icons, width, height }: IconSet, name: string): string | undefined {
  const icon = icons[name];
  if (icon === undefined) return undefined;
  const box = `0 0 ${icon.width ?? width} ${icon.height ?? height}`;
  const spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  return `<svg ${spaces} viewBox="${box}">${icon.body}</svg>`;
}

async function readPictures(folder: string): Promise<Entry[]> {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new EmojiPackageError(`${folder} cannot be read: ${messageOf(cause)}`, { cause });
  });
  return files.sort().flatMap((file) => {
    const points = /^([0-9a-f-]+)\.(?:webp|png)$/.exec(file)?.[1];
    return points === undefined
      ? []
      : [[plainCode(points), { drawing: { file: join(folder, file) } }] as const];
  });
}

async function readJson<T>(file: string, schema: { parse(value: unknown): T }): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new EmojiPackageError(`${file} is not what is expected there: ${messageOf(cause)}`, { cause });
  }
}
