import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { choice } from '../../bench/option-values.ts';
import type { ClientRequest } from '../../bench/serving/http-client.ts';
import { formRequest, rawRequest } from '../../bench/serving/pictures.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';
import {
  decode,
  encode,
  type OutputFormat,
  outputFormatNames,
  outputFormats,
  resizeTo,
  type Size,
} from '../../src/image/index.ts';
import { drawWeighted, type Weights } from './mix.ts';

/** The bodies that requests have. */
export interface Bodies {
  draw(random: Random): ClientRequest;
  /** One of the pictures, as it is sent. */
  readonly sample: Uint8Array;
}

const drawnHorse = fileURLToPath(new URL('../pictures/horse.jpg', import.meta.url));
const defaults = { sizes: { '256x256': 1 }, formats: { jpeg: 1 }, send: { body: 1 } } as const;
const sendings = ['body', 'form'] as const;
const mediaTypes: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
};
/** All bodies are held in memory. */
const mostPictures = 500;

export interface PictureMix {
  readonly pictures: string | undefined;
  readonly sizes?: Weights;
  readonly formats?: Weights;
  readonly send?: Weights;
}

/**
 * Prepares every body that may be drawn, so that preparing takes no time from the load.
 * @throws InvalidArgumentError for sizes, formats or a folder that cannot be
 */
export async function prepareBodies(mix: PictureMix): Promise<Bodies> {
  const { pictures, send = defaults.send } = mix;
  const sent = Object.keys(send).map((name) => choice('--send', sendings, name));
  const drawPicture = pictures === undefined ? await drawnPictures(mix) : await picturesOfFolder(pictures);
  const bodies = new Map<string, ClientRequest>();
  for (const { key, bytes, type } of drawPicture.all)
    for (const way of sent)
      bodies.set(`${way} ${key}`, way === 'form' ? await formRequest(bytes, type) : rawRequest(bytes, type));
  return {
    draw: (random) =>
      bodies.get(`${drawWeighted(send, random)} ${drawPicture.draw(random)}`) as ClientRequest,
    sample: (drawPicture.all[0] as Prepared['all'][number]).bytes,
  };
}

interface Prepared {
  readonly all: readonly { readonly key: string; readonly bytes: Uint8Array; readonly type: string }[];
  /** The key of one of them. */
  readonly draw: (random: Random) => string;
}

async function drawnPictures({
  sizes = defaults.sizes,
  formats = defaults.formats,
}: PictureMix): Promise<Prepared> {
  const horse = await decode(await readFile(drawnHorse));
  const all = [];
  for (const size of Object.keys(sizes)) {
    const resized = await resizeTo(horse, parseSize(size), 'cover');
    for (const name of Object.keys(formats)) {
      const format = choice<OutputFormat>('--formats', outputFormatNames, name);
      const bytes = await encode(resized, { format });
      all.push({ key: `${size} ${name}`, bytes, type: outputFormats[format].mediaType });
    }
  }
  return { all, draw: (random) => `${drawWeighted(sizes, random)} ${drawWeighted(formats, random)}` };
}

async function picturesOfFolder(folder: string): Promise<Prepared> {
  const entries = await readdir(folder, { recursive: true }).catch(() => {
    throw new InvalidArgumentError(`--pictures takes a folder, got "${folder}"`);
  });
  const names = entries.filter((name) => path.extname(name).toLowerCase() in mediaTypes).sort();
  if (names.length === 0 || names.length > mostPictures)
    throw new InvalidArgumentError(
      `--pictures takes a folder with 1 to ${mostPictures} pictures, ${folder} has ${names.length}`,
    );
  const all = await Promise.all(
    names.map(async (key) => ({
      key,
      bytes: await readFile(path.join(folder, key)),
      type: mediaTypes[path.extname(key).toLowerCase()] as string,
    })),
  );
  return { all, draw: (random) => names[random.integer(names.length)] as string };
}

function parseSize(text: string): Size {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
  if (width === undefined) throw new InvalidArgumentError(`--sizes takes sizes as 256x256, got "${text}"`);
  return { width: Number(width), height: Number(height) };
}
