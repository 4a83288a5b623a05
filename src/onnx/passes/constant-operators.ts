import { allocate, type DType, elementCount, stridesOf, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { Node } from '../ir.ts';
import type { OperatorName } from '../operators/index.ts';
import { arithmetic } from './constant-arithmetic.ts';

/** A node whose inputs are known tensors. */
interface ConstantCall {
  readonly node: Node;
  readonly inputs: readonly Tensor[];
  /** What inference says of the output. */
  readonly dtype: DType;
  readonly dims: readonly number[];
}

/** The result, or undefined where it is not certain to the last bit. */
export type Evaluation = (call: ConstantCall) => Tensor | undefined;

/**
 * Operators that give the same bits here as in ONNX Runtime: those that move elements, and the arithmetic that
 * IEEE 754 defines exactly. Exp and its like are not among them.
 */
export const constantOperators: Partial<Readonly<Record<OperatorName, Evaluation>>> = {
  Reshape: sameElements,
  Squeeze: sameElements,
  Unsqueeze: sameElements,
  Transpose: ({ node, inputs: [x], dims }) => transpose(x as Tensor, node.attributes.perm, dims),
  Expand: ({ inputs: [x], dims }) => expand(x as Tensor, dims),
  Slice: slice,
  Gather: gather,
  Concat: concat,
  Cast: ({ inputs: [x], dtype }) => cast(x as Tensor, dtype),
  ConstantOfShape: constantOfShape,
  Neg: ({ inputs: [x], dims, dtype }) => arithmetic('Mul', dims, x as Tensor, minusOne(dtype)),
  Add: ({ inputs: [a, b], dims }) => arithmetic('Add', dims, a as Tensor, b as Tensor),
  Sub: ({ inputs: [a, b], dims }) => arithmetic('Sub', dims, a as Tensor, b as Tensor),
  Mul: ({ inputs: [a, b], dims }) => arithmetic('Mul', dims, a as Tensor, b as Tensor),
  Div: ({ inputs: [a, b], dims }) => arithmetic('Div', dims, a as Tensor, b as Tensor),
};

function sameElements({ inputs: [x], dims }: ConstantCall): Tensor {
  return { ...(x as Tensor), dims };
}

function transpose(x: Tensor, perm: unknown, dims: readonly number[]): Tensor {
  const axes = (perm as readonly number[] | undefined) ?? [...dims.keys()].reverse();
  const strides = stridesOf(x.dims);
  return pick(x, dims, (at) => sum(axes, (axis, index) => (at[index] as number) * (strides[axis] as number)));
}

/** x repeated along its axes of size 1, aligned at the last axis. */
function expand(x: Tensor, dims: readonly number[]): Tensor {
  const strides = stridesOf(x.dims);
  const missing = dims.length - x.dims.length;
  return pick(x, dims, (at) =>
    sum(x.dims, (size, axis) =>
      size === 1 ? 0 : (at[axis + missing] as number) * (strides[axis] as number),
    ),
  );
}

function slice({ inputs, dims }: ConstantCall): Tensor {
  const [x, ...range] = inputs as [Tensor, ...Tensor[]];
  const numbers: readonly (readonly number[])[] = range.map(toNumbers);
  const [starts = [], , axes = [...starts.keys()], steps = starts.map(() => 1)] = numbers;
  const first = x.dims.map(() => 0);
  const stride = x.dims.map(() => 1);
  for (const [index, asked] of axes.entries()) {
    const axis = asked < 0 ? asked + x.dims.length : asked;
    first[axis] = counted(starts[index] as number, x.dims[axis] as number);
    stride[axis] = steps[index] as number;
  }
  const strides = stridesOf(x.dims);
  return pick(x, dims, (at) =>
    sum(at, (place, axis): number => {
      return ((first[axis] as number) + place * (stride[axis] as number)) * (strides[axis] as number);
    }),
  );
}

/** Where a slice of an axis with elements begins. */
function counted(start: number, size: number): number {
  return Math.min(Math.max(start < 0 ? start + size : start, 0), size - 1);
}

function gather({ node, inputs, dims }: ConstantCall): Tensor | undefined {
  const [x, indices] = inputs as [Tensor, Tensor];
  const asked = (node.attributes.axis as number | undefined) ?? 0;
  const axis = asked < 0 ? asked + x.dims.length : asked;
  const size = x.dims[axis] as number;
  const places = toNumbers(indices).map((index) => (index < 0 ? index + size : index));
  if (places.some((place) => place < 0 || place >= size)) return undefined;
  const inner = elementCount(x.dims.slice(axis + 1));
  const flat = pick(x, [elementCount(x.dims.slice(0, axis)), places.length, inner], (at) => {
    const [outer, index, rest] = at as [number, number, number];
    return (outer * size + (places[index] as number)) * inner + rest;
  });
  return { ...flat, dims };
}

function concat({ node, inputs, dtype, dims }: ConstantCall): Tensor {
  const asked = node.attributes.axis as number;
  const axis = asked < 0 ? asked + dims.length : asked;
  const outer = elementCount(dims.slice(0, axis));
  const parts = inputs.map(({ data }) => ({ data, length: data.length / outer }));
  const data = allocate(dtype, elementCount(dims));
  let next = 0;
  for (let row = 0; row < outer; row++) {
    for (const part of parts) {
      for (let index = 0; index < part.length; index++)
        data[next++] = part.data[row * part.length + index] as never;
    }
  }
  return { dtype, dims, data };
}

function constantOfShape({ node, dtype, dims }: ConstantCall): Tensor {
  const value = node.attributes.value as Tensor | undefined;
  const data = allocate(dtype, elementCount(dims));
  return { dtype, dims, data: value === undefined ? data : data.fill(value.data[0] as never) };
}

const integerRanges: Partial<Readonly<Record<DType, number>>> = { int64: 2 ** 53, int32: 2 ** 31 };

/** Between the types in which sizes and scalars are computed, as long as no value is out of range. */
function cast(x: Tensor, to: DType): Tensor | undefined {
  if (x.dtype === 'float16' || x.dtype === 'int8') return undefined;
  const values = toNumbers(x);
  if (to === 'bool')
    return { dtype: to, dims: x.dims, data: Uint8Array.from(values, (value) => (value ? 1 : 0)) };
  // Such int64 would be rounded on their way to a number.
  if (x.dtype === 'int64' && values.some((value) => Math.abs(value) >= 2 ** 53)) return undefined;
  if (to === 'float32') return { dtype: to, dims: x.dims, data: Float32Array.from(values) };
  if (to === 'float64') return { dtype: to, dims: x.dims, data: Float64Array.from(values) };
  const range = integerRanges[to];
  const whole = values.map(Math.trunc);
  if (range === undefined || !whole.every((value) => value >= -range && value < range)) return undefined;
  if (to === 'int32') return { dtype: to, dims: x.dims, data: Int32Array.from(whole) };
  return { dtype: to, dims: x.dims, data: BigInt64Array.from(whole, BigInt) };
}

function minusOne(dtype: DType): Tensor {
  const data = allocate(dtype, 1);
  return { dtype, dims: [], data: data.fill((dtype === 'int64' ? -1n : -1) as never) };
}

/** An array whose element at each coordinate is read from x at the place that `placeOf` gives. */
function pick(x: Tensor, dims: readonly number[], placeOf: (at: readonly number[]) => number): Tensor {
  const data = allocate(x.dtype, elementCount(dims));
  const strides = stridesOf(dims);
  for (let index = 0; index < data.length; index++) {
    const at = dims.map((size, axis) => Math.floor(index / (strides[axis] as number)) % size);
    data[index] = x.data[placeOf(at)] as never;
  }
  return { dtype: x.dtype, dims, data };
}

function sum(values: readonly number[], term: (value: number, index: number) => number): number {
  return values.reduce((total, value, index) => total + term(value, index), 0);
}
