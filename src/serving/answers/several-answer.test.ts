import Fastify from 'fastify';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { blankPixels, type Colour, decode, type OutputFormat, outputFormats } from '../../image/index.ts';
import { sendPicture } from '../picture-answer.ts';
import { StageClock } from '../stage-clock.ts';
import { severalDocument } from './answers-schema.ts';
import type { MadePicture } from './made-picture.ts';
import type { SeveralKind } from './negotiate-several.ts';
import { severalAnswer } from './several-answer.ts';
import { readMultipart } from './testing/read-multipart.ts';

const colours: readonly Colour[] = [
  [255, 0, 0],
  [0, 128, 0],
  [0, 0, 255],
  [255, 255, 0],
  [1, 2, 3],
];
const made = (count = colours.length): MadePicture[] =>
  Array.from({ length: count }, (_, index) => ({
    pixels: blankPixels({ width: 8, height: 6 }, colours[index % colours.length]),
    attribute: Float32Array.of(index / 10, -1),
    seed: 100 + index,
  }));

function answer(kind: SeveralKind, pictures = made(), format: OutputFormat = 'png', quality?: number) {
  const clock = new StageClock();
  clock.add('run', 5);
  const about = { model: { name: 'shapes', version: '3' }, provider: 'cpu', clock };
  return severalAnswer({ kind, format, quality }, pictures, about);
}

async function colourOf(bytes: Uint8Array): Promise<number[]> {
  const { width, height, data } = await decode(bytes);
  expect([width, height]).toEqual([8, 6]);
  return [...data.subarray(0, 3)];
}

describe.each<SeveralKind>(['multipart', 'json', 'zip', 'contact-sheet'])('as %s', (kind) => {
  it('says what made it, and when', async () => {
    const { headers } = await answer(kind);
    expect(headers).toMatchObject({
      'unpaired-model': 'shapes',
      'unpaired-model-version': '3',
      'unpaired-provider': 'cpu',
      'server-timing': expect.stringMatching(/^run;dur=5\.00, encode;dur=\d/),
    });
  });

  it('refuses a quality that the format has not', async () => {
    await expect(answer(kind, made(), 'png', 80)).rejects.toThrow('png, which is lossless');
  });
});

describe('multipart/mixed', () => {
  it('has a part of each picture with its code and seed', async () => {
    const { bytes, mediaType } = await answer('multipart');
    const parts = readMultipart(bytes, mediaType);
    expect(parts.map(({ headers }) => headers)).toEqual(
      made().map((_, index) => ({
        'content-type': 'image/png',
        'content-length': String(parts[index]?.body.length),
        'content-disposition': `attachment; filename="${index + 1}.png"`,
        'unpaired-attribute': JSON.stringify([index / 10, -1]),
        'unpaired-seed': String(100 + index),
      })),
    );
    expect(await Promise.all(parts.map(({ body }) => colourOf(body)))).toEqual(colours);
  });

  it('reaches the client with its boundary', async () => {
    const app = Fastify();
    app.get('/', async (_, reply) => sendPicture(reply, await answer('multipart')));
    const { rawPayload, headers } = await app.inject('/');
    expect(readMultipart(rawPayload, String(headers['content-type']))).toHaveLength(5);
    expect(headers).toMatchObject({ vary: 'accept', 'content-length': String(rawPayload.length) });
  });

  it('says nothing of codes where there are none, and never two alike boundaries', async () => {
    const plain = made(2).map(({ pixels }) => ({ pixels }));
    const [one, two] = [await answer('multipart', plain, 'jpeg', 80), await answer('multipart', plain)];
    const [part] = readMultipart(one.bytes, one.mediaType);
    expect(Object.keys(part?.headers ?? {})).toEqual([
      'content-type',
      'content-length',
      'content-disposition',
    ]);
    expect(part?.headers['content-type']).toBe('image/jpeg');
    expect(one.mediaType).not.toBe(two.mediaType);
  });
});

describe('application/json', () => {
  it('is the document that the schema describes', async () => {
    const pictures = made().map((picture, index) => ({ ...picture, label: `"${index}" → é` }));
    const { bytes, mediaType } = await answer('json', pictures, 'webp');
    expect(mediaType).toBe('application/json');
    const document = severalDocument.strict().parse(JSON.parse(Buffer.from(bytes).toString()));
    expect(document).toMatchObject({ model: 'shapes', version: '3', provider: 'cpu' });
    expect(document.pictures.map(({ image, ...entry }) => entry)).toEqual(
      pictures.map(({ label }, index) => ({
        ...{ mediaType: 'image/webp', width: 8, height: 6 },
        ...{ attribute: [index / 10, -1], seed: 100 + index, label },
      })),
    );
    const [first] = document.pictures;
    const [, base64 = ''] = /^data:image\/webp;base64,(.+)$/.exec(first?.image ?? '') ?? [];
    expect(await colourOf(Buffer.from(base64, 'base64'))).toEqual([
      expect.closeTo(255, -1),
      expect.closeTo(0, -1),
      expect.closeTo(0, -1),
    ]);
  });
});

describe('application/zip', () => {
  it('has the pictures, stored, and what they were made with', async () => {
    const { bytes, mediaType, headers } = await answer('zip', made(10));
    expect(mediaType).toBe('application/zip');
    expect(headers['content-disposition']).toBe('attachment; filename="pictures.zip"');
    const compressions: number[] = [];
    const files = unzipSync(bytes, { filter: (file) => compressions.push(file.compression) > 0 });
    expect(new Set(compressions)).toEqual(new Set([0]));
    const names = Array.from({ length: 10 }, (_, index) => `${String(index + 1).padStart(2, '0')}.png`);
    expect(Object.keys(files).sort()).toEqual([...names, 'attributes.json']);
    expect(await colourOf(files['02.png'] as Uint8Array)).toEqual(colours[1]);
    expect(JSON.parse(Buffer.from(files['attributes.json'] as Uint8Array).toString())).toEqual({
      ...{ model: 'shapes', version: '3', provider: 'cpu' },
      pictures: names.map((file, index) => ({
        ...{ file, mediaType: 'image/png', width: 8, height: 6 },
        ...{ attribute: [index / 10, -1], seed: 100 + index },
      })),
    });
  });
});

describe('a contact sheet', () => {
  it.each(Object.keys(outputFormats) as OutputFormat[])('is one %s, pictures row by row', async (format) => {
    const { bytes, mediaType, headers } = await answer('contact-sheet', made(), format);
    expect(mediaType).toBe(outputFormats[format].mediaType);
    expect(headers['unpaired-attribute']).toBe('[[0,-1],[0.1,-1],[0.2,-1],[0.3,-1],[0.4,-1]]');
    expect(headers['unpaired-seed']).toBe('100, 101, 102, 103, 104');
    const sheet = await decode(bytes);
    // Two columns of 8 and three rows of 6 are nearer to a square than three of 8 and two of 6.
    expect([sheet.width, sheet.height]).toEqual([8 + 2 + 8, 6 + 2 + 6 + 2 + 6]);
    const at = (x: number, y: number) => [...sheet.data.subarray(3 * (y * sheet.width + x)).subarray(0, 3)];
    if (format !== 'png') return;
    expect([at(0, 0), at(10, 0), at(0, 8), at(10, 8), at(7, 21)]).toEqual(colours);
    expect([at(8, 0), at(0, 6), at(17, 21)]).toEqual([1, 2, 3].map(() => [255, 255, 255]));
  });
});
