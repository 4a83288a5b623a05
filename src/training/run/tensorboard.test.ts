import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import { maskedCrc32c } from './crc32c.ts';
import { EventFileWriter, frameRecord } from './tensorboard.ts';

/** A whole PNG of 1 x 1 pixel, greyscale. */
const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

type Field = number | Uint8Array;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Data of each record; every checksum is recomputed. */
function records(path: string): Uint8Array[] {
  const file = readFileSync(path);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    found.push(data);
    at += 12 + length + 4;
  }
  return found;
}

/** A reader of the protobuf wire format that knows no schema: [field number, value] in order. */
function fields(bytes: Uint8Array): [number, Field][] {
  const view = Buffer.from(bytes);
  const found: [number, Field][] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return view.subarray(at - length, at);
  };
  const readers: Record<number, () => Field> = {
    0: varint,
    1: () => take(8).readDoubleLE(),
    2: () => take(varint()),
    5: () => take(4).readFloatLE(),
  };
  while (at < view.length) {
    const key = varint();
    const read = readers[key & 7];
    if (read === undefined) throw new Error(`wire type ${key & 7}`);
    found.push([key >>> 3, read()]);
  }
  return found;
}

function field(bytes: Field | undefined, number: number): Field | undefined {
  return fields(bytes as Uint8Array).find(([found]) => found === number)?.[1];
}

function asText(bytes: Field | undefined): string {
  return Buffer.from(bytes as Uint8Array).toString();
}

test('starts with the version and tells wall time and step of each event', () => {
  const before = Date.now() / 1000;
  const writer = new EventFileWriter(folder);
  writer.scalars(1200, { 'loss/gan': 0.25, 'loss/nce': 4 });
  writer.close();
  const [version, scalars, ...rest] = records(writer.path);
  expect(rest).toEqual([]);
  expect(asText(field(version, 3))).toBe('brain.Event:2');
  expect(field(scalars, 1)).toBeGreaterThanOrEqual(before);
  expect(field(scalars, 1)).toBeLessThanOrEqual(Date.now() / 1000);
  expect(field(scalars, 2)).toBe(1200);
  const values = fields(field(scalars, 5) as Uint8Array).map(([, value]) => [
    asText(field(value, 1)),
    field(value, 2),
  ]);
  expect(values).toEqual([
    ['loss/gan', 0.25],
    ['loss/nce', 4],
  ]);
});

test('an image carries its size, channels and the PNG itself', () => {
  const writer = new EventFileWriter(folder);
  writer.image(7, 'preview', onePixel);
  writer.close();
  const value = field(field(records(writer.path)[1], 5), 1);
  expect(asText(field(value, 1))).toBe('preview');
  const image = field(value, 4);
  expect([1, 2, 3].map((number) => field(image, number))).toEqual([1, 1, 1]);
  expect(onePixel.equals(field(image, 4) as Uint8Array)).toBe(true);
});

test('a resumed run tells readers to forget the steps after the resumed one', () => {
  const writer = new EventFileWriter(folder, { resumedStep: 300 });
  writer.close();
  const [, start] = records(writer.path);
  expect(field(start, 2)).toBe(301);
  expect(field(field(start, 7), 1)).toBe(1);
});

test('the file is named as TensorBoard looks for it', () => {
  new EventFileWriter(folder).close();
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.\d{3}\./)]);
});

test('what is no PNG is refused', () => {
  const writer = new EventFileWriter(folder);
  expect(() => writer.image(1, 'preview', Buffer.from('JFIF'))).toThrow(InvalidArgumentError);
  expect(() => writer.image(1, 'preview', Buffer.from('JFIF'))).toThrow('got 4 bytes starting with 4a464946');
  writer.close();
  expect(records(writer.path)).toHaveLength(1);
});

test('framing of an empty record', () => {
  const expected = Buffer.alloc(16);
  expected.writeUInt32LE(maskedCrc32c(new Uint8Array(8)), 8);
  expected.writeUInt32LE(0xa282ead8, 12);
  expect(Buffer.from(frameRecord(new Uint8Array(0)))).toEqual(expected);
});
