import { constants, crc32, deflateRawSync, deflateSync } from 'node:zlib';

/** Encoded pictures written byte by byte, for what an encoder would not write, or only with much memory. */

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 1 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  /** Chunks between the header and the pixels. */
  readonly chunks?: readonly { readonly type: string; readonly body: Uint8Array }[];
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A PNG of given samples: row-major, all channels of a pixel together, unfiltered. */
export function pngOf(options: PngOptions, samples: readonly number[]): Uint8Array {
  const rowSamples = samples.length / options.height;
  const rows = Array.from({ length: options.height }, (_, row) => {
    const values = samples.slice(row * rowSamples, (row + 1) * rowSamples);
    const bytes = options.bitDepth === 16 ? values.flatMap((value) => [value >> 8, value & 0xff]) : values;
    return [0, ...bytes];
  });
  return pngAround(options, deflateSync(Buffer.from(rows.flat())));
}

/** A chunk `iCCP` with an ICC profile. */
export function profileChunk(profile: Uint8Array): { type: string; body: Uint8Array } {
  return { type: 'iCCP', body: Buffer.concat([Buffer.from('profile\0\0', 'latin1'), deflateSync(profile)]) };
}

/** A chunk `acTL`, which makes a PNG an animated one. */
export function animationChunk(frames: number): { type: string; body: Uint8Array } {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(frames, 0);
  return { type: 'acTL', body };
}

/**
 * A valid, black RGB PNG of any size, a thousand times smaller than its pixels: 12000x12000 take about 430 KB.
 * Zeros are deflated once, and the block is repeated, so that the pixels never exist here.
 */
export function blackPng(width: number, height: number): Uint8Array {
  const bytes = height * (1 + width * 3);
  const blockLength = 2 ** 20;
  const block = flushedZeros(blockLength);
  const blocks = Array.from({ length: Math.floor(bytes / blockLength) }, () => block);
  const rest = deflateRawSync(Buffer.alloc(bytes % blockLength), { level: 9 });
  const zlibHeader = Buffer.from([0x78, 0xda]);
  // Adler-32 of n zeros: the low half stays 1, the high half counts the bytes.
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((bytes % 65_521) * 65_536 + 1);
  const data = Buffer.concat([zlibHeader, ...blocks, rest, checksum]);
  return pngAround({ width, height, bitDepth: 8, colourType: 2 }, data);
}

/** A GIF of 1x1 pixels with a number of frames. */
export function gifOf(frames: number): Uint8Array {
  const screen = [1, 0, 1, 0, 0x80, 0, 0];
  const palette = [255, 0, 0, 0, 0, 255];
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const all = Array.from({ length: frames }, () => [...control, ...picture]).flat();
  return Buffer.concat([Buffer.from('GIF89a'), Buffer.from([...screen, ...palette, ...all, 0x3b])]);
}

/** Deflated zeros that end on a byte and refer to nothing before them, so that copies can follow one another. */
function flushedZeros(length: number): Buffer {
  return deflateRawSync(Buffer.alloc(length), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
}

function pngAround(
  { width, height, bitDepth, colourType, chunks = [] }: PngOptions,
  data: Uint8Array,
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    ...chunks.map(({ type, body }) => pngChunk(type, body)),
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, body: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([frame.subarray(0, 4), content, frame.subarray(4)]);
}
