import { InvalidArgumentError } from './errors.ts';

/** Element types, named as ONNX names them. */
export type DType = 'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

interface ArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  /** IEEE 754 half precision bit patterns. */
  float16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int8: Int8Array;
  uint8: Uint8Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}

export type TensorData = ArrayOf[DType];

/**
 * A dense row-major array of numbers with a shape. `dims` of `[]` is a scalar with one element.
 * Immutable by convention: whoever needs other values makes another tensor.
 */
export interface Tensor<T extends DType = DType> {
  readonly dtype: T;
  readonly dims: readonly number[];
  readonly data: ArrayOf[T];
}

const arrayConstructors: { [T in DType]: new (length: number) => ArrayOf[T] } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** A zero-filled array for `length` elements of `dtype`. */
export function allocate<T extends DType>(dtype: T, length: number): ArrayOf[T] {
  return new arrayConstructors[dtype](length);
}

/** Bytes one element takes. */
export function bytesPerElement(dtype: DType): number {
  return allocate(dtype, 0).BYTES_PER_ELEMENT;
}

/** Number of elements of a shape; 1 for `[]`. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Row-major strides in elements: the last dimension has stride 1. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis] as number;
  }
  return strides;
}

/**
 * Checked constructor.
 * @throws InvalidArgumentError when the number of elements does not match the shape.
 */
export function tensor<T extends DType>(dtype: T, dims: readonly number[], data: ArrayOf[T]): Tensor<T> {
  const expected = elementCount(dims);
  if (data.length !== expected) {
    throw new InvalidArgumentError(
      `a ${dtype} tensor of shape [${dims.join(', ')}] has ${expected} elements, got ${data.length}`,
    );
  }
  return { dtype, dims, data };
}

export function zeros<T extends DType>(dtype: T, dims: readonly number[]): Tensor<T> {
  return { dtype, dims, data: allocate(dtype, elementCount(dims)) };
}

export function float32(dims: readonly number[], values: ArrayLike<number>): Tensor<'float32'> {
  return tensor('float32', dims, values instanceof Float32Array ? values : Float32Array.from(values));
}

/** int64 from ordinary numbers; integers up to 2^53 keep their value. */
export function int64(dims: readonly number[], values: ArrayLike<number>): Tensor<'int64'> {
  return tensor('int64', dims, BigInt64Array.from(Array.from(values, (value) => BigInt(value))));
}

export function scalar(value: number): Tensor<'float32'> {
  return float32([], [value]);
}

/** Elements as ordinary numbers (int64 beyond 2^53 loses precision; float16 is decoded). */
export function toNumbers(source: Tensor): number[] {
  if (source.dtype === 'float16') return Array.from(source.data as Uint16Array, halfToNumber);
  return Array.from(source.data as ArrayLike<number | bigint>, Number);
}

/** The value of an IEEE 754 half precision bit pattern. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
