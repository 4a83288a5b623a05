import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { bytesOf, type HandmadeEntry, zip } from './handmade.ts';
import { ZipArchive } from './zip-archive.ts';

const hello = { name: 'a/hello', data: bytesOf('hello hello hello hello') };
const world = { name: 'a/world', data: bytesOf('world') };

function open(bytes: Uint8Array, limit = 1000): ZipArchive {
  return new ZipArchive(bytes, { inflatedBytes: new Budget('bytes', limit), verifyChecksums: true });
}

/** Opens an archive of one entry with false claims and reads it. */
function readClaiming(claims: HandmadeEntry['claims'] & object, deflate = false) {
  return open(zip([{ ...hello, deflate, claims }])).read('a/hello');
}

describe('ZipArchive', () => {
  it.each([
    ['stored', false, false],
    ['deflated', true, false],
    ['stored, zip64', false, true],
    ['deflated, zip64', true, true],
  ])('reads entries: %s', (_, deflate, zip64) => {
    const archive = open(zip([{ ...hello, deflate }, world], { zip64 }));
    expect(archive.names).toEqual(['a/hello', 'a/world']);
    expect(Buffer.from(archive.read('a/hello') ?? [])).toEqual(hello.data);
    expect(Buffer.from(archive.read('a/world') ?? [])).toEqual(world.data);
    expect(archive.read('a/none')).toBeUndefined();
  });

  it('does not copy stored entries', () => {
    const bytes = zip([hello]);
    expect(open(bytes).read('a/hello')?.buffer).toBe(bytes.buffer);
  });

  it('finds the directory before a comment', () => {
    const bytes = Buffer.concat([zip([hello]), Buffer.alloc(300, 0x50)]);
    expect(Buffer.from(open(bytes).read('a/hello') ?? [])).toEqual(hello.data);
  });

  it('refuses a bomb before unpacking it', () => {
    const zeros = { name: 'zeros', data: new Uint8Array(1_000_000), deflate: true };
    expect(() => open(zip([zeros])).read('zeros')).toThrow(/needs at least 1000000 bytes, the limit is 1000/);
    expect(open(zip([zeros]), 1_000_000).read('zeros')?.length).toBe(1_000_000);
  });

  it('counts all unpacked entries together, each once', () => {
    const half = (name: string) => ({ name, data: new Uint8Array(600), deflate: true });
    const archive = open(zip([half('a'), half('b')]));
    archive.read('a');
    expect(archive.read('a')?.length).toBe(600);
    expect(() => archive.read('b')).toThrow(/limit is 1000/);
  });

  it('never unpacks more than an entry declares', () => {
    const lying = { name: 'zeros', data: new Uint8Array(1_000_000), deflate: true, claims: { bytes: 10 } };
    expect(() => open(zip([lying])).read('zeros')).toThrow(/cannot be unpacked to its 10 bytes/);
  });

  it.each([
    ['more than deflate can do', { bytes: 1_000_000 }, true, /cannot hold 1000000 bytes in/],
    ['a length that is too long', { bytes: 24 }, true, /has 23 bytes, its header says 24/],
    ['two lengths for a stored entry', { bytes: 22 }, false, /has 23 bytes, its header says 22/],
    ['data past the directory', { bytes: 99, compressedBytes: 99 }, false, /truncated: 99 bytes at/],
    ['another checksum', { crc32: 1 }, false, /damaged: checksum/],
    ['another checksum of unpacked data', { crc32: 1 }, true, /damaged: checksum/],
    ['an unknown method', { method: 12 }, false, /compression method 12/],
    ['stored as deflated', { method: 8 }, false, /cannot be unpacked/],
    ['encryption', { flags: 1 }, false, /encrypted/],
    ['a place without a header', { offset: 3 }, false, /no header at 3/],
    ['a place outside', { offset: 4_000_000 }, false, /truncated: 4 bytes expected at byte 4000000/],
    ['zip64 sizes that are not there', { bytes: 0xffffffff }, false, /without its zip64 sizes/],
  ])('refuses %s', (_, claims, deflate, message) => {
    expect(() => readClaiming(claims, deflate)).toThrow(CheckpointError);
    expect(() => readClaiming(claims, deflate)).toThrow(message);
  });

  it('refuses entries that share data, have one name, or have another name inside', () => {
    expect(() => open(zip([hello, { ...world, claims: { offset: 0 } }]))).toThrow(
      /has another name in its own header/,
    );
    expect(() => open(zip([hello, hello]))).toThrow(/two entries "a\/hello"/);
    const nested = { name: 'outer', data: zip([hello]).subarray(0, 37 + hello.data.length) };
    const both = zip([nested, { ...hello, claims: { offset: 35 } }]);
    expect(() => open(both)).toThrow(/overlaps/);
  });
});
