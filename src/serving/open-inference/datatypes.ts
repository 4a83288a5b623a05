import type { TensorInterface } from '../../core/manifest.ts';
import { allocate, type Tensor } from '../../core/tensor.ts';
import { InferenceInvalidError } from './errors.ts';

type DataType = TensorInterface['dtype'];

/** The protocol's names of element types. */
export const protocolNames: Readonly<Record<DataType, string>> = {
  uint8: 'UINT8',
  float32: 'FP32',
  int64: 'INT64',
  bool: 'BOOL',
};

/** What a JSON value is as an element; undefined when it is none. */
const elements: Readonly<Record<DataType, (value: unknown) => number | bigint | undefined>> = {
  uint8: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255 ? value : undefined,
  float32: (value) => (typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : undefined),
  int64: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : undefined),
  bool: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
};

/**
 * JSON arrays, flat or nested, as elements in row-major order.
 * @param count how many the shape asks for
 * @throws InferenceInvalidError for another count or a value that the type cannot hold
 */
export function fromJson(name: string, dtype: DataType, count: number, json: unknown): Tensor['data'] {
  const data = allocate(dtype, count) as Uint8Array;
  const elementOf = elements[dtype];
  let filled = 0;
  const fill = (values: readonly unknown[], depth: number): void => {
    for (const value of values) {
      if (Array.isArray(value) && depth < 8) fill(value, depth + 1);
      else {
        const element = elementOf(value);
        if (element === undefined) throw wrongValue(name, dtype, value);
        // Beyond the end nothing is written: the count tells.
        data[filled++] = element as number;
      }
    }
  };
  if (!Array.isArray(json))
    throw new InferenceInvalidError(`input "${name}" has no data and no binary_data_size`);
  fill(json, 1);
  if (filled === count) return data;
  throw new InferenceInvalidError(`input "${name}": its shape holds ${count} values, data has ${filled}`);
}

function wrongValue(name: string, dtype: DataType, value: unknown): InferenceInvalidError {
  const seen = (JSON.stringify(value) ?? 'nothing').slice(0, 40);
  return new InferenceInvalidError(`input "${name}": ${seen} is not a value of ${protocolNames[dtype]}`);
}

/** Little-endian bytes as elements, copied: the bytes are a part of the request, at any offset. */
export function fromBytes(dtype: DataType, bytes: Uint8Array): Tensor['data'] {
  const data = allocate(dtype, bytes.length / allocate(dtype, 0).BYTES_PER_ELEMENT);
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

export function toBytes({ data }: Tensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Elements as JSON has them; what is no number there, as NaN, becomes null. */
export function toJson({ dtype, data }: Tensor): (number | boolean)[] {
  const values = Array.from(data as ArrayLike<number | bigint>, Number);
  return dtype === 'bool' ? values.map(Boolean) : values;
}
