import { crc32, inflateRawSync } from 'node:zlib';
import type { Budget } from './budget.ts';
import { CheckpointError, quoted } from './checkpoint-error.ts';
import { readZipDirectory, type ZipEntry } from './zip-directory.ts';

const stored = 0;
const deflated = 8;

/** Deflate cannot do better than 1032 to 1; a header that claims more is lying. */
const highestRatio = 1032;

/**
 * A zip archive in memory. Stored entries (all that PyTorch writes) are views into it; deflated ones are unpacked
 * when asked for, never beyond their declared size, which is paid for first. This is our own reader because the
 * usual libraries neither verify checksums nor refuse overlaps, or copy and unpack every entry before one may look.
 */
export class ZipArchive {
  private readonly archive: Uint8Array;
  private readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly inflatedBytes: Budget;
  private readonly verifyChecksums: boolean;
  private readonly contents = new Map<string, Uint8Array>();

  constructor(archive: Uint8Array, options: { inflatedBytes: Budget; verifyChecksums: boolean }) {
    this.archive = archive;
    this.entries = readZipDirectory(archive);
    this.inflatedBytes = options.inflatedBytes;
    this.verifyChecksums = options.verifyChecksums;
  }

  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** The content of an entry; undefined when there is none of that name. */
  read(name: string): Uint8Array | undefined {
    const known = this.contents.get(name);
    const entry = this.entries.get(name);
    if (known !== undefined || entry === undefined) return known;
    const content = this.unpack(entry);
    if (this.verifyChecksums) verify(entry, content);
    this.contents.set(name, content);
    return content;
  }

  private unpack(entry: ZipEntry): Uint8Array {
    const data = this.archive.subarray(entry.start, entry.end);
    if (entry.method === deflated) return this.inflate(entry, data);
    if (entry.method !== stored) {
      throw new CheckpointError(
        `zip entry ${quoted(entry.name)} uses compression method ${entry.method}, known are 0 and 8`,
      );
    }
    return sized(entry, data);
  }

  private inflate(entry: ZipEntry, data: Uint8Array): Uint8Array {
    if (entry.bytes > data.length * highestRatio) {
      throw new CheckpointError(
        `zip entry ${quoted(entry.name)} cannot hold ${entry.bytes} bytes in ${data.length}`,
      );
    }
    this.inflatedBytes.spend(entry.bytes);
    try {
      // maxOutputLength must not be 0.
      return sized(entry, inflateRawSync(data, { maxOutputLength: Math.max(1, entry.bytes) }));
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      throw new CheckpointError(
        `zip entry ${quoted(entry.name)} cannot be unpacked to its ${entry.bytes} bytes`,
        { cause },
      );
    }
  }
}

function sized(entry: ZipEntry, content: Uint8Array): Uint8Array {
  if (content.length === entry.bytes) return content;
  throw new CheckpointError(
    `zip entry ${quoted(entry.name)} has ${content.length} bytes, its header says ${entry.bytes}`,
  );
}

function verify(entry: ZipEntry, content: Uint8Array): void {
  const sum = crc32(content);
  if (sum === entry.crc32) return;
  const [seen, expected] = [sum.toString(16), entry.crc32.toString(16)];
  throw new CheckpointError(
    `zip entry ${quoted(entry.name)} is damaged: checksum ${seen}, expected ${expected} (files saved without checksums are read with verifyChecksums: false)`,
  );
}
