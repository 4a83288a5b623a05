import { ByteCursor, decodeText } from './byte-cursor.ts';
import { CheckpointError, quoted } from './checkpoint-error.ts';

/** One file of a zip archive as the central directory tells it (PKWARE APPNOTE 6.3, sections 4.3 to 4.5). */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Where its data starts and ends in the archive. */
  readonly start: number;
  readonly end: number;
}

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const end64LocatorSignature = 0x07064b50;
const end64Signature = 0x06064b50;

const endBytes = 22;
const end64LocatorBytes = 20;
const longestComment = 0xffff;

/** Fields with this value have their true one in the zip64 extra field. */
const inZip64 = 0xffffffff;

const encryptedFlag = 1;

interface Directory {
  readonly entries: number;
  readonly bytes: number;
  readonly offset: number;
}

/** Every entry by its name. @throws CheckpointError when anything is out of place, or entries overlap */
export function readZipDirectory(archive: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const directory = findDirectory(archive);
  const cursor = new ByteCursor(
    archive.subarray(0, directory.offset + directory.bytes),
    'the zip directory',
    directory.offset,
  );
  const entries = new Map<string, ZipEntry>();
  for (let index = 0; index < directory.entries; index++) {
    const entry = readEntry(cursor, archive, directory.offset);
    if (entries.has(entry.name))
      throw new CheckpointError(`the zip archive has two entries ${quoted(entry.name)}`);
    entries.set(entry.name, entry);
  }
  refuseOverlap([...entries.values()]);
  return entries;
}

function findDirectory(archive: Uint8Array): Directory {
  const at = findEnd(archive);
  const cursor = new ByteCursor(archive, 'the zip archive', at + 10);
  const short = { entries: cursor.u16(), bytes: cursor.u32(), offset: cursor.u32() };
  const directory = findDirectory64(archive, at) ?? short;
  if (directory.offset + directory.bytes > at) {
    throw new CheckpointError(
      `the zip archive is damaged: a directory of ${directory.bytes} bytes at ${directory.offset} in ${at} bytes`,
    );
  }
  return directory;
}

/** The end record is searched from behind: a comment of up to 64 KiB may follow it. */
function findEnd(archive: Uint8Array): number {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const lowest = Math.max(0, archive.length - endBytes - longestComment);
  for (let at = archive.length - endBytes; at >= lowest; at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  throw new CheckpointError('the zip archive is truncated: it has no end record');
}

/** The zip64 end record, present when sizes pass 4 GiB, and always in what PyTorch writes. */
function findDirectory64(archive: Uint8Array, end: number): Directory | undefined {
  const locator = new ByteCursor(archive.subarray(0, end), 'the zip64 locator', end - end64LocatorBytes);
  if (locator.position < 0 || locator.u32() !== end64LocatorSignature) return undefined;
  locator.take(4);
  const cursor = new ByteCursor(archive.subarray(0, end), 'the zip64 end record', locator.u64());
  if (cursor.u32() !== end64Signature)
    throw new CheckpointError('the zip archive is damaged: no zip64 end record');
  cursor.take(28);
  return { entries: cursor.u64(), bytes: cursor.u64(), offset: cursor.u64() };
}

function readEntry(cursor: ByteCursor, archive: Uint8Array, directoryOffset: number): ZipEntry {
  if (cursor.u32() !== centralSignature)
    throw new CheckpointError('the zip directory is damaged: no entry where one should be');
  cursor.take(4);
  const flags = cursor.u16();
  const method = cursor.u16();
  cursor.take(4);
  const crc32 = cursor.u32();
  const sizes = { compressedBytes: cursor.u32(), bytes: cursor.u32(), offset: 0 };
  const [nameBytes, extraBytes, commentBytes] = [cursor.u16(), cursor.u16(), cursor.u16()];
  cursor.take(8);
  sizes.offset = cursor.u32();
  const name = decodeText(cursor.take(nameBytes), 'the zip directory');
  const { compressedBytes, bytes, offset } = withZip64(sizes, cursor.take(extraBytes));
  cursor.take(commentBytes);
  if ((flags & encryptedFlag) !== 0) throw new CheckpointError(`zip entry ${quoted(name)} is encrypted`);
  const start = dataStart(archive.subarray(0, directoryOffset), offset, name);
  const end = start + compressedBytes;
  if (end > directoryOffset) {
    throw new CheckpointError(
      `zip entry ${quoted(name)} is truncated: ${compressedBytes} bytes at ${start} of ${directoryOffset}`,
    );
  }
  return { name, method, crc32, compressedBytes, bytes, start, end };
}

/** Extra field 1: eight bytes for each field that is marked, in this order. */
function withZip64<T extends { compressedBytes: number; bytes: number; offset: number }>(
  sizes: T,
  extra: Uint8Array,
): T {
  if (![sizes.bytes, sizes.compressedBytes, sizes.offset].includes(inZip64)) return sizes;
  const cursor = new ByteCursor(extra, 'the zip directory');
  while (cursor.position < extra.length) {
    const kind = cursor.u16();
    const field = new ByteCursor(cursor.take(cursor.u16()), 'the zip directory');
    if (kind !== 1) continue;
    const bytes = sizes.bytes === inZip64 ? field.u64() : sizes.bytes;
    const compressedBytes = sizes.compressedBytes === inZip64 ? field.u64() : sizes.compressedBytes;
    const offset = sizes.offset === inZip64 ? field.u64() : sizes.offset;
    return { ...sizes, bytes, compressedBytes, offset };
  }
  throw new CheckpointError('the zip directory is damaged: an entry without its zip64 sizes');
}

/** The data follow the local header, whose name must be the directory's. */
function dataStart(archive: Uint8Array, offset: number, name: string): number {
  const cursor = new ByteCursor(archive, `zip entry ${quoted(name)}`, offset);
  if (cursor.u32() !== localSignature)
    throw new CheckpointError(`zip entry ${quoted(name)} is damaged: no header at ${offset}`);
  cursor.take(22);
  const [nameBytes, extraBytes] = [cursor.u16(), cursor.u16()];
  if (decodeText(cursor.take(nameBytes), 'the zip archive') !== name) {
    throw new CheckpointError(`zip entry ${quoted(name)} has another name in its own header`);
  }
  cursor.take(extraBytes);
  return cursor.position;
}

/** Overlapping entries make a small archive large without any compression (D. Fifield, "A better zip bomb", 2019). */
function refuseOverlap(entries: ZipEntry[]): void {
  entries.sort((left, right) => left.start - right.start || left.end - right.end);
  let reached = 0;
  for (const { name, start, end } of entries) {
    if (start < reached) throw new CheckpointError(`zip entry ${quoted(name)} overlaps another one`);
    reached = end;
  }
}
