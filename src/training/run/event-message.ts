/**
 * The bytes of TensorBoard's `tensorflow.Event` (tensorflow/core/util/event.proto and framework/summary.proto), just the
 * fields that a training run writes. Protocol Buffers wire format: each field is a key (number << 3 | wire type) and a
 * value; wire types are 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
 */

/** A picture's bytes and what TensorBoard wants to know about them. */
export interface EncodedImage {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly colorspace: number;
  /** A PNG file. */
  readonly bytes: Uint8Array;
}

export type EventContent =
  | { readonly fileVersion: string }
  | { readonly scalars: Readonly<Record<string, number>> }
  | { readonly tag: string; readonly image: EncodedImage }
  /** Tells readers to forget what earlier files hold for this step and later ones (SessionLog START). */
  | { readonly sessionStart: true };

const sessionLogStart = 1;

/** @param wallTime Seconds since 1970. */
export function encodeEvent(wallTime: number, step: number, content: EventContent): Uint8Array {
  return Buffer.concat([double(1, wallTime), integer(2, step), encodeContent(content)]);
}

function encodeContent(content: EventContent): Uint8Array {
  if ('fileVersion' in content) return text(3, content.fileVersion);
  if ('sessionStart' in content) return message(7, [integer(1, sessionLogStart)]);
  if ('image' in content) return message(5, [summaryValue(content.tag, encodeImage(content.image))]);
  const values = Object.entries(content.scalars).map(([tag, value]) => summaryValue(tag, float(2, value)));
  return message(5, values);
}

/** Summary.Value: tag and one value. */
function summaryValue(tag: string, value: Uint8Array): Uint8Array {
  return message(1, [text(1, tag), value]);
}

/** Summary.Image as field 4 of Summary.Value. */
function encodeImage({ width, height, colorspace, bytes }: EncodedImage): Uint8Array {
  return message(4, [integer(1, height), integer(2, width), integer(3, colorspace), bytesField(4, bytes)]);
}

function key(field: number, wireType: number): Uint8Array {
  return varint((field << 3) | wireType);
}

/** Base 128, least significant group first; all bits of a safe integer survive. */
function varint(value: number): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) groups.push((rest % 128) + 128);
  return Uint8Array.from([...groups, rest]);
}

function integer(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, 0), varint(value)]);
}

function double(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), bytes]);
}

function float(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, 5), bytes]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([key(field, 2), varint(bytes.length), bytes]);
}

function text(field: number, value: string): Uint8Array {
  return bytesField(field, Buffer.from(value));
}

function message(field: number, parts: readonly Uint8Array[]): Uint8Array {
  return bytesField(field, Buffer.concat(parts));
}
