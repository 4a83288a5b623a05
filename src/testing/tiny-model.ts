import type { DType } from '../core/tensor.ts';

/**
 * Small ONNX files as bytes, written without src/onnx: tests of the runtime must be able to fail on their own,
 * not because the serialiser is wrong. Field numbers are those of onnx.proto3; operator set 17, IR version 8.
 */

interface TinyValue {
  readonly name: string;
  readonly dtype: DType;
  /** A string names a dimension that each run may choose. */
  readonly shape: readonly (number | string)[];
}

interface TinyNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes: one number, or a list; none negative. */
  readonly integers?: Readonly<Record<string, number | readonly number[]>>;
}

export interface TinyModel {
  readonly inputs: readonly TinyValue[];
  readonly outputs: readonly TinyValue[];
  readonly nodes: readonly TinyNode[];
  /** float32 weights by name. */
  readonly weights?: Readonly<Record<string, { shape: readonly number[]; values: Float32Array }>>;
}

const elementTypes: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};
const attributeTypeInt = 2;
const attributeTypeInts = 7;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

const integer = (field: number, value: number) => Buffer.from([...varint(field * 8), ...varint(value)]);
const bytes = (field: number, ...content: readonly Uint8Array[]) => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(body.length)]), body]);
};
const text = (field: number, value: string) => bytes(field, Buffer.from(value));

function valueInfo(field: number, value: TinyValue): Buffer {
  const dimensions = value.shape.map((size) =>
    bytes(1, typeof size === 'number' ? integer(1, size) : text(2, size)),
  );
  const tensorType = bytes(1, integer(1, elementTypes[value.dtype]), bytes(2, ...dimensions));
  return bytes(field, text(1, value.name), bytes(2, tensorType));
}

function node(value: TinyNode): Buffer {
  const attributes = Object.entries(value.integers ?? {}).map(([name, given]) =>
    typeof given === 'number'
      ? bytes(5, text(1, name), integer(3, given), integer(20, attributeTypeInt))
      : bytes(5, text(1, name), ...given.map((entry) => integer(8, entry)), integer(20, attributeTypeInts)),
  );
  const names = [...value.inputs.map((name) => text(1, name)), ...value.outputs.map((name) => text(2, name))];
  return bytes(1, ...names, text(4, value.operator), ...attributes);
}

function weight(name: string, shape: readonly number[], values: Float32Array): Buffer {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const sizes = shape.map((size) => integer(1, size));
  return bytes(5, ...sizes, integer(2, elementTypes.float32), text(8, name), bytes(9, raw));
}

/** The .onnx file of a model; nodes must be in topological order. */
export function tinyModel(model: TinyModel): Uint8Array {
  const weights = Object.entries(model.weights ?? {});
  const graph = bytes(
    7,
    ...model.nodes.map(node),
    text(2, 'tiny'),
    ...weights.map(([name, { shape, values }]) => weight(name, shape, values)),
    ...model.inputs.map((value) => valueInfo(11, value)),
    ...model.outputs.map((value) => valueInfo(12, value)),
  );
  return Buffer.concat([integer(1, 8), graph, bytes(8, integer(2, 17))]);
}

/** y = operator(x) elementwise, over any shape of rank 1. */
export function unaryModel(operator: string, dtype: DType): Uint8Array {
  return tinyModel({
    inputs: [{ name: 'x', dtype, shape: ['n'] }],
    outputs: [{ name: 'y', dtype, shape: ['n'] }],
    nodes: [{ operator, inputs: ['x'], outputs: ['y'] }],
  });
}

/** A model that takes time: `repeats` products of an n x n float32 matrix x with itself (2 n^3 flops each). */
export function slowModel(repeats: number): Uint8Array {
  const square = ['n', 'n'];
  const name = (index: number) => (index === 0 ? 'x' : index === repeats ? 'y' : `power${index}`);
  return tinyModel({
    inputs: [{ name: 'x', dtype: 'float32', shape: square }],
    outputs: [{ name: 'y', dtype: 'float32', shape: square }],
    nodes: Array.from({ length: repeats }, (_, index) => ({
      operator: 'MatMul',
      inputs: [name(index), 'x'],
      outputs: [name(index + 1)],
    })),
  });
}
