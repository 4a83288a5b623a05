import { UnpairedError } from '../core/errors.ts';
import { bytesPerElement, type DType, elementCount, type Tensor, tensor } from '../core/tensor.ts';

/**
 * NumPy's array files (NEP 1, "A Simple File Format for NumPy Arrays"): versions 1.0 to 3.0 are read, 1.0 is written,
 * little-endian numbers only.
 */

/** A file that is no array of numbers; the message names it. */
export class NpyError extends UnpairedError {
  constructor(where: string, message: string, options: { cause?: unknown } = {}) {
    super(`${where}: ${message}`, { code: 'NPY_INVALID', status: 422, ...options });
  }
}

const magic = Uint8Array.of(0x93, ...Buffer.from('NUMPY'));
/** Beyond this a header is no description of an array. */
const longestHeader = 65_536;
const alignment = 64;

const descriptors = {
  '<f4': 'float32',
  '<f8': 'float64',
  '<i8': 'int64',
  '<i4': 'int32',
  '|u1': 'uint8',
} as const;
type Descriptor = keyof typeof descriptors;

/** @throws NpyError for what is no such file, another element type, or another number of bytes than declared */
export function readNpy(file: Uint8Array, where: string): Tensor {
  const { header, start } = headerOf(file, where);
  const { descriptor, columnsFirst, shape } = parseHeader(header, where);
  const dtype: DType = descriptors[descriptor];
  const expected = elementCount(shape) * bytesPerElement(dtype);
  const bytes = file.length - start;
  if (bytes !== expected) {
    throw new NpyError(where, `${dtype}[${shape.join(', ')}] takes ${expected} bytes, the file has ${bytes}`);
  }
  const own = new Uint8Array(file.subarray(start)).buffer;
  const read = tensor<DType>(dtype, shape, elements(dtype, own));
  return columnsFirst ? rowsFirst(read) : read;
}

/** @throws NpyError when a tensor is of a type that is not written */
export function writeNpy(array: Tensor): Uint8Array {
  const descriptor = Object.entries(descriptors).find(([, dtype]) => dtype === array.dtype)?.[0];
  if (descriptor === undefined)
    throw new NpyError('array', `elements of type ${array.dtype} are not written`);
  const shape = array.dims.length === 1 ? `(${array.dims[0]},)` : `(${array.dims.join(', ')})`;
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${shape}, }`;
  const prefix = magic.length + 4;
  const padded = Math.ceil((prefix + text.length + 1) / alignment) * alignment - prefix;
  const { buffer, byteOffset, byteLength } = array.data;
  return Buffer.concat([
    magic,
    Uint8Array.of(1, 0, padded & 0xff, padded >> 8),
    Buffer.from(`${text.padEnd(padded - 1)}\n`, 'latin1'),
    new Uint8Array(buffer, byteOffset, byteLength),
  ]);
}

function headerOf(file: Uint8Array, where: string): { header: string; start: number } {
  if (file.length < 12 || magic.some((byte, at) => file[at] !== byte)) {
    throw new NpyError(where, 'is no NumPy array: it does not begin with "\\x93NUMPY"');
  }
  const version = file[6] as number;
  if (version < 1 || version > 3)
    throw new NpyError(where, `has format version ${version}, known are 1 to 3`);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const [length, begin] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (length > longestHeader || begin + length > file.length) {
    throw new NpyError(where, `has a header of ${length} bytes in a file of ${file.length}`);
  }
  return {
    header: Buffer.from(file.subarray(begin, begin + length)).toString('latin1'),
    start: begin + length,
  };
}

interface Header {
  readonly descriptor: Descriptor;
  readonly columnsFirst: boolean;
  readonly shape: readonly number[];
}

/** The header is a Python dictionary of three known keys; nothing else of Python is understood. */
function parseHeader(text: string, where: string): Header {
  const descriptor = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descriptor === undefined || order === undefined || shape === undefined) {
    throw new NpyError(
      where,
      `has a header that does not describe an array of numbers: ${text.slice(0, 120).trim()}`,
    );
  }
  if (!Object.hasOwn(descriptors, descriptor)) {
    const known = Object.keys(descriptors).join(', ');
    throw new NpyError(where, `has elements of type ${descriptor}, expected one of ${known}`);
  }
  const dims = shape
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  return { descriptor: descriptor as Descriptor, columnsFirst: order === 'True', shape: dims };
}

function elements(dtype: DType, bytes: ArrayBuffer): Tensor['data'] {
  if (dtype === 'float32') return new Float32Array(bytes);
  if (dtype === 'float64') return new Float64Array(bytes);
  if (dtype === 'int64') return new BigInt64Array(bytes);
  return dtype === 'int32' ? new Int32Array(bytes) : new Uint8Array(bytes);
}

/** From Fortran's order, where the first index runs fastest, to ours. */
function rowsFirst(array: Tensor): Tensor {
  const { dims } = array;
  const data = array.data.slice();
  for (let to = 0; to < data.length; to++) {
    let [rest, from, stride] = [to, 0, data.length];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const dim = dims[axis] as number;
      stride /= dim;
      from += (rest % dim) * stride;
      rest = Math.trunc(rest / dim);
    }
    data[to] = array.data[from] as number & bigint;
  }
  return { ...array, data };
}
