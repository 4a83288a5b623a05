import { closeSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '../../core/errors.ts';
import { maskedCrc32c } from './crc32c.ts';
import { type EncodedImage, type EventContent, encodeEvent } from './event-message.ts';

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** PNG's colour type to number of channels; a palette (3) is drawn as RGB. */
const channelsOfColourType: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/**
 * Writes a new TensorBoard event file (TFRecord framing around `Event` messages) in a folder. Each event reaches the
 * file in one write, so a killed run leaves at most one incomplete record at the end, which readers pass over.
 */
export class EventFileWriter {
  readonly path: string;
  private readonly file: number;

  /**
   * @param options.resumedStep The step a resumed run starts from: readers then forget what earlier files in the folder
   *   hold for later steps. Leave out for a new run.
   */
  constructor(folder: string, options: { readonly resumedStep?: number } = {}) {
    this.path = join(folder, fileName());
    this.file = openSync(this.path, 'ax');
    this.write(0, { fileVersion: 'brain.Event:2' });
    if (options.resumedStep !== undefined) this.write(options.resumedStep + 1, { sessionStart: true });
  }

  /** One point on each named curve. */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    this.write(step, { scalars: values });
  }

  /** @param png A PNG file; its size is read from its header. */
  image(step: number, tag: string, png: Uint8Array): void {
    this.write(step, { tag, image: describePng(png) });
  }

  close(): void {
    closeSync(this.file);
  }

  private write(step: number, content: EventContent): void {
    writeSync(this.file, frameRecord(encodeEvent(Date.now() / 1000, step, content)));
  }
}

/** TFRecord: length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the data; little endian. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(data.length));
  header.writeUInt32LE(maskedCrc32c(header.subarray(0, 8)), 8);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskedCrc32c(data));
  return Buffer.concat([header, data, footer]);
}

/** Readers take `.tfevents.` for the mark of an event file and read a folder's files in the order of their names. */
function fileName(): string {
  const now = Date.now();
  const seconds = String(Math.floor(now / 1000)).padStart(10, '0');
  const milliseconds = String(now % 1000).padStart(3, '0');
  return `events.out.tfevents.${seconds}.${milliseconds}.${hostname()}.${process.pid}`;
}

/** Width, height and colour type stand at fixed places in the IHDR chunk, which comes first (PNG specification, 11.2.2). */
function describePng(png: Uint8Array): EncodedImage {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const colorspace = channelsOfColourType[bytes[25] ?? -1];
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(pngSignature) || colorspace === undefined) {
    throw new InvalidArgumentError(
      `an event's image must be a PNG file, got ${bytes.length} bytes starting with ${bytes.toString('hex', 0, 8)}`,
    );
  }
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), colorspace, bytes };
}
