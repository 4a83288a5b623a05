import { crc32, deflateRawSync } from 'node:zlib';

/** Pickles, zip archives and checkpoints put together byte by byte, for tests: libraries refuse to write bad ones. */

/** Text becomes one byte a character, numbers are bytes. */
export function bytesOf(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      return typeof part === 'number' ? Buffer.of(part) : part;
    }),
  );
}

function u16(value: number): Uint8Array {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** BINUNICODE */
export function text(value: string): Uint8Array {
  return bytesOf('X', u32(Buffer.byteLength(value)), Buffer.from(value));
}

/** A tuple of BININT. */
function integers(...values: readonly number[]): Uint8Array {
  return bytesOf('(', ...values.flatMap((value) => ['J', u32(value)]), 't');
}

export interface HandmadeTensor {
  readonly key?: string;
  readonly storageClass?: string;
  readonly elements: number;
  readonly offset?: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** What torch.save writes for a tensor. */
export function tensorPickle({
  key = '0',
  storageClass = 'FloatStorage',
  offset = 0,
  ...tensor
}: HandmadeTensor) {
  return bytesOf(
    'ctorch._utils\n_rebuild_tensor_v2\n((',
    ...[
      text('storage'),
      `ctorch\n${storageClass}\n`,
      text(key),
      text('cpu'),
      'J',
      u32(tensor.elements),
      'tQ',
    ],
    ...['J', u32(offset), integers(...tensor.dims), integers(...tensor.strides), 0x89, 'NtR'],
  );
}

export interface HandmadeEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** What the directory claims, where it shall not be the truth. */
  readonly claims?: {
    bytes?: number;
    compressedBytes?: number;
    crc32?: number;
    offset?: number;
    method?: number;
    flags?: number;
  };
}

/** A zip archive; with `zip64` every size, offset and count is in the zip64 fields. */
export function zip(entries: readonly HandmadeEntry[], { zip64 = false } = {}): Uint8Array {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  for (const entry of entries) {
    const packed = entry.deflate === true ? deflateRawSync(entry.data) : entry.data;
    const local = bytesOf(
      'PK\x03\x04',
      new Uint8Array(22),
      u16(entry.name.length),
      u16(0),
      entry.name,
      packed,
    );
    directory.push(directoryEntry(entry, packed.length, position, zip64));
    body.push(local);
    position += local.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return bytesOf(...body, ...directory, endOf(entries.length, size, position, zip64));
}

function directoryEntry(
  entry: HandmadeEntry,
  packedBytes: number,
  position: number,
  zip64: boolean,
): Uint8Array {
  const {
    bytes = entry.data.length,
    compressedBytes = packedBytes,
    offset = position,
    ...claims
  } = entry.claims ?? {};
  const { crc32: sum = crc32(entry.data), method = entry.deflate === true ? 8 : 0, flags = 0 } = claims;
  const extra = zip64
    ? bytesOf(u16(1), u16(24), u64(bytes), u64(compressedBytes), u64(offset))
    : new Uint8Array(0);
  const short = (value: number) => u32(zip64 ? 0xffffffff : value);
  return bytesOf(
    ...[
      'PK\x01\x02',
      new Uint8Array(4),
      u16(flags),
      u16(method),
      u32(0),
      u32(sum),
      short(compressedBytes),
      short(bytes),
    ],
    ...[
      u16(entry.name.length),
      u16(extra.length),
      u16(0),
      new Uint8Array(8),
      short(offset),
      entry.name,
      extra,
    ],
  );
}

function endOf(entries: number, size: number, offset: number, zip64: boolean): Uint8Array {
  if (!zip64)
    return bytesOf('PK\x05\x06', u32(0), u16(entries), u16(entries), u32(size), u32(offset), u16(0));
  return bytesOf(
    ...['PK\x06\x06', u64(44), new Uint8Array(12), u64(entries), u64(entries), u64(size), u64(offset)],
    ...['PK\x06\x07', u32(0), u64(offset + size), u32(1)],
    ...['PK\x05\x06', u32(0), u16(0xffff), u16(0xffff), u32(0xffffffff), u32(0xffffffff), u16(0)],
  );
}

/** A checkpoint in the zip format from its pickle (without PROTO) and its storages. */
export function checkpointFile(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, data: bytes }));
  return zip([{ name: 'archive/data.pkl', data: bytesOf(0x80, 2, pickle, '.') }, ...data]);
}
