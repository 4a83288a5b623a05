import { CheckpointError } from './checkpoint-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8. @throws CheckpointError on invalid bytes */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new CheckpointError(`${what} is damaged: ${bytes.length} bytes of text are not UTF-8`, { cause });
  }
}

/** One character a byte, so that no byte is lost. */
export function decodeLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Reads forward through bytes; little-endian unless said otherwise. Every read past the end is a CheckpointError. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  /** What is being read, for messages: "the pickle". */
  readonly what: string;
  position: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, what: string, position = 0) {
    this.bytes = bytes;
    this.what = what;
    this.position = position;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }

  u16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  /** Eight bytes as a number; what passes 2^53 cannot be a length and is an error. */
  u64(): number {
    const value = this.view.getBigUint64(this.advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new CheckpointError(`${this.what} is damaged: a length of ${value} at byte ${this.position - 8}`);
    }
    return Number(value);
  }

  /** A big-endian double, as pickles hold them. */
  f64BigEndian(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** The next `count` bytes, not copied. */
  take(count: number): Uint8Array {
    const start = this.advance(count);
    return this.bytes.subarray(start, start + count);
  }

  /** The bytes up to the next line feed, which is consumed, as Latin-1. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0)
      throw new CheckpointError(`${this.what} is truncated: no end of line after byte ${this.position}`);
    const text = decodeLatin1(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  private advance(count: number): number {
    const start = this.position;
    const left = this.bytes.length - start;
    if (count > left) {
      throw new CheckpointError(
        `${this.what} is truncated: ${count} bytes expected at byte ${start}, ${Math.max(left, 0)} left`,
      );
    }
    this.position = start + count;
    return start;
  }
}
