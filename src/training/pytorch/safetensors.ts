import { bytesPerElement, type DType, elementCount, stridesOf, type Tensor } from '../../core/tensor.ts';
import { Budget } from './budget.ts';
import { ByteCursor, decodeText } from './byte-cursor.ts';
import { CheckpointError, quoted } from './checkpoint-error.ts';
import { type ElementTypeName, elementType } from './element-type.ts';
import { Storage, TensorRecord } from './tensor-record.ts';

/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes with the length of a JSON header, the
 * header {name: {dtype, shape, data_offsets}}, then the tensors' bytes without a gap or an overlap.
 */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The text pairs of `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Far more than ten thousand tensors need; the format itself allows 100 MB. */
const maximumHeaderBytes = 16 * 2 ** 20;

const lengthBytes = 8;
const metadataKey = '__metadata__';

const elementNames: Readonly<Record<string, ElementTypeName>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
};

const writtenNames: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

interface Entry {
  readonly name: string;
  readonly element: ReturnType<typeof elementType>;
  readonly dims: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file; every float becomes float32, as readCheckpoint does.
 * @throws CheckpointError on anything that the format does not allow
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const cursor = new ByteCursor(bytes, 'the safetensors file');
  const headerBytes = cursor.u64();
  if (headerBytes > maximumHeaderBytes) {
    throw new CheckpointError(
      `a safetensors header of ${headerBytes} bytes, at most ${maximumHeaderBytes} are read`,
    );
  }
  const header = parseHeader(cursor.take(headerBytes));
  const data = bytes.subarray(cursor.position);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, description]) => readEntry(name, description));
  checkOffsets(entries, data.length);
  const decoded = new Budget('bytes of decoded tensors', 64 * 2 ** 20 + 8 * bytes.length);
  const tensors = new Map(entries.map((entry) => [entry.name, decode(entry, data, decoded)]));
  return { tensors, metadata: readMetadata(header[metadataKey]) };
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = decodeText(bytes, 'the safetensors header');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(`the safetensors header is not JSON: ${quoted(text)}`, { cause });
  }
  if (!isRecord(header))
    throw new CheckpointError(`the safetensors header is not an object: ${quoted(text)}`);
  return header;
}

function readEntry(name: string, description: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(description) ? description : {};
  const known =
    typeof dtype === 'string' && Object.hasOwn(elementNames, dtype) ? elementNames[dtype] : undefined;
  if (known === undefined)
    throw new CheckpointError(
      `safetensors ${quoted(name)} has type ${quoted(String(dtype))}, which is not known`,
    );
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw new CheckpointError(
      `safetensors ${quoted(name)} needs a shape and two data_offsets, all integers from 0 to 2^53`,
    );
  }
  const [start, end] = offsets as [number, number];
  const element = elementType(known);
  const expected = elementCount(shape) * element.bytes;
  if (end - start !== expected) {
    throw new CheckpointError(
      `safetensors ${quoted(name)} of ${dtype} [${shape.join(', ')}] takes ${expected} bytes, its offsets are ${start} to ${end}`,
    );
  }
  return { name, element, dims: shape, start, end };
}

/** The tensors must follow one another without overlap or gap and end where the file does. */
function checkOffsets(entries: readonly Entry[], available: number): void {
  let reached = 0;
  for (const { name, start, end } of entries.toSorted(
    (left, right) => left.start - right.start || left.end - right.end,
  )) {
    if (start !== reached) {
      const fault = start < reached ? 'overlaps the one before' : 'leaves a gap';
      throw new CheckpointError(
        `safetensors ${quoted(name)} ${fault}: it starts at ${start}, expected ${reached}`,
      );
    }
    reached = end;
  }
  if (reached !== available) {
    throw new CheckpointError(
      `the safetensors header describes ${reached} bytes of data, the file has ${available}`,
    );
  }
}

function decode({ name, element, dims, start, end }: Entry, data: Uint8Array, decoded: Budget): Tensor {
  const storage = new Storage(name, element, elementCount(dims), () => data.subarray(start, end));
  const record = new TensorRecord(storage, { offset: 0, dims, strides: stridesOf(dims) });
  decoded.spend(record.decodedBytes);
  return record.decode();
}

function readMetadata(value: unknown): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  const pairs = isRecord(value) ? Object.entries(value) : undefined;
  if (pairs === undefined || !pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) {
    throw new CheckpointError(`safetensors ${metadataKey} must be an object of texts`);
  }
  return new Map(pairs);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Writes tensors as they are, wide elements first so that each is aligned, equal ones by name. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const ordered = [...tensors].sort(
    ([leftName, left], [rightName, right]) =>
      bytesPerElement(right.dtype) - bytesPerElement(left.dtype) || (leftName < rightName ? -1 : 1),
  );
  const header = Buffer.from(headerOf(ordered, metadata));
  const dataBytes = ordered.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const file = new Uint8Array(lengthBytes + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, lengthBytes);
  let position = lengthBytes + header.length;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

function headerOf(
  ordered: readonly (readonly [string, Tensor])[],
  metadata: ReadonlyMap<string, string>,
): string {
  const fields: [string, unknown][] = metadata.size > 0 ? [[metadataKey, Object.fromEntries(metadata)]] : [];
  let position = 0;
  for (const [name, { dtype, dims, data }] of ordered) {
    if (name === metadataKey) throw new CheckpointError(`no tensor may be called ${metadataKey}`);
    const end = position + data.byteLength;
    fields.push([name, { dtype: writtenNames[dtype], shape: dims, data_offsets: [position, end] }]);
    position = end;
  }
  const text = JSON.stringify(Object.fromEntries(fields));
  const padding = (lengthBytes - (Buffer.byteLength(text) % lengthBytes)) % lengthBytes;
  return text + ' '.repeat(padding);
}
