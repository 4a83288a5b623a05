import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { stateDicts } from './state-dict.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

const zip = fixture('pixel_discriminator.pth');
const legacy = fixture('views_legacy.pth');
const trainingState = fixture('training_state.pth');

const directory = zip.indexOf('PK\x01\x02');
const end64 = zip.lastIndexOf('PK\x06\x06');
const firstName = zip.indexOf('weights/data.pkl', directory);

/** A copy in which the bits of `mask` are flipped in one byte. */
function flipped(file: Buffer, at: number, mask = 0x01): Buffer {
  const copy = Buffer.from(file);
  copy[at] = (copy[at] as number) ^ mask;
  return copy;
}

/** Where the bytes of `text` end in the file. */
function endOf(file: Buffer, text: string): number {
  const at = file.indexOf(text);
  expect(at).toBeGreaterThan(0);
  return at + text.length;
}

function without(file: Buffer, start: number, count: number): Buffer {
  return Buffer.concat([file.subarray(0, start), file.subarray(start + count)]);
}

describe('corrupted checkpoints', () => {
  it.each<[string, Buffer]>([
    ['zip: half of it', zip.subarray(0, zip.length / 2)],
    ['zip: last byte missing', zip.subarray(0, -1)],
    ['zip: directory missing', zip.subarray(0, directory)],
    ['zip: first kilobyte only', zip.subarray(0, 1024)],
    ['zip: 64 bytes missing in the middle', without(zip, 1000, 64)],
    [
      'zip: 64 bytes too many in the middle',
      Buffer.concat([zip.subarray(0, 1000), zip.subarray(1000, 1064), zip.subarray(1000)]),
    ],
    ['zip: signature of the first entry', flipped(zip, directory)],
    ['zip: method of the first entry', flipped(zip, directory + 10)],
    ['zip: checksum of the first entry', flipped(zip, directory + 16)],
    ['zip: compressed size of the first entry', flipped(zip, directory + 20)],
    ['zip: size of the first entry', flipped(zip, directory + 24)],
    ['zip: name length of the first entry', flipped(zip, directory + 28)],
    ['zip: place of the first entry', flipped(zip, directory + 42)],
    ['zip: name of the first entry', flipped(zip, firstName)],
    ['zip: directory size in the end record', flipped(zip, end64 + 40, 0x80)],
    ['zip: directory offset in the end record', flipped(zip, end64 + 48)],
    ['zip: number of entries in the end record', flipped(zip, end64 + 32, 0x40)],
    ['zip: zip64 locator', flipped(zip, end64 + 56 + 8)],
    ['zip: one bit of a weight', flipped(zip, zip.indexOf('weights/data/0') + 80)],
    ['zip: one bit of the pickle', flipped(zip, endOf(zip, 'net.0.weight'))],
    ['legacy: last byte missing', legacy.subarray(0, -1)],
    ['legacy: storages missing', legacy.subarray(0, 700)],
    ['legacy: one byte only', legacy.subarray(0, 1)],
    ['legacy: magic number', flipped(legacy, 6)],
    ['legacy: protocol version', flipped(legacy, 18)],
    ['legacy: number of elements of a storage', flipped(legacy, legacy.lastIndexOf('.') + 1, 0x02)],
    ['legacy: class of a storage', flipped(legacy, endOf(legacy, 'FloatStorag'))],
    ['legacy: name of a function', flipped(legacy, endOf(legacy, '_rebuild_tensor_v'))],
  ])('refuses %s', (_, file) => {
    expect(() => readCheckpoint(file)).toThrow(CheckpointError);
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < zip.length; length += 7) {
      expect(() => readCheckpoint(zip.subarray(0, length))).toThrow(CheckpointError);
    }
    for (let length = 0; length < legacy.length; length += 3) {
      expect(() => readCheckpoint(legacy.subarray(0, length))).toThrow(CheckpointError);
    }
  });
});

/** Reads a file and looks for networks: a result or a CheckpointError, nothing else. */
function survives(file: Uint8Array): void {
  try {
    stateDicts(readCheckpoint(file, { verifyChecksums: false }));
  } catch (thrown) {
    if (!(thrown instanceof CheckpointError)) throw thrown;
  }
}

/** Some bytes overwritten, a run of them removed or repeated. */
function mutations(file: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat(file.length - 1);
  const overwritten = fc
    .array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const copy = Buffer.from(file);
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  const removed = fc.tuple(place, fc.nat(40)).map(([start, count]) => without(file, start, count));
  const repeated = fc
    .tuple(place, fc.nat(40))
    .map(([start, count]) => Buffer.concat([file.subarray(0, start + count), file.subarray(start)]));
  return fc.oneof({ weight: 4, arbitrary: overwritten }, removed, repeated);
}

describe('random damage', () => {
  it.each([
    ['zip', zip],
    ['legacy', legacy],
    ['a training state', trainingState],
  ])('of %s is read or refused, never anything else', (_, file) => {
    fc.assert(fc.property(mutations(file), survives), { numRuns: 1500, interruptAfterTimeLimit: 20_000 });
  });

  it('of bytes that only start like a checkpoint', () => {
    const start = legacy.subarray(0, legacy.indexOf('.', 137));
    const garbage = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.concat([start.subarray(0, 137), bytes]));
    fc.assert(fc.property(garbage, survives), { numRuns: 1500, interruptAfterTimeLimit: 20_000 });
  });
});
