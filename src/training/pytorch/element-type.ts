import { type DType, halfToNumber } from '../../core/tensor.ts';

/** How one element of a stored tensor is read, and what it becomes. */
export interface ElementType {
  /** PyTorch's name without `torch.`. */
  readonly name: string;
  /** Bytes one element takes in the file. */
  readonly bytes: number;
  /** What our tensors hold it as: every float becomes float32, integers keep their width or get the next wider one. */
  readonly dtype: DType;
  /** True when the stored bytes (little-endian) are the tensor's bytes, so that they can be copied as a block. */
  readonly sameBytes: boolean;
  /** The element at byte `at`. */
  readonly element: (view: DataView, at: number) => number | bigint;
}

/** All 65,536 halves: a look-up is many times faster than the arithmetic. */
const halfValues = Float32Array.from({ length: 0x10000 }, (_, bits) => halfToNumber(bits));

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function bfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

type Row = readonly [bytes: number, dtype: DType, sameBytes: boolean, element: ElementType['element']];

const rows = {
  float64: [8, 'float32', false, (view, at) => view.getFloat64(at, true)],
  float32: [4, 'float32', true, (view, at) => view.getFloat32(at, true)],
  float16: [2, 'float32', false, (view, at) => halfValues[view.getUint16(at, true)] as number],
  bfloat16: [2, 'float32', false, (view, at) => bfloat16(view.getUint16(at, true))],
  int64: [8, 'int64', true, (view, at) => view.getBigInt64(at, true)],
  int32: [4, 'int32', true, (view, at) => view.getInt32(at, true)],
  int16: [2, 'int32', false, (view, at) => view.getInt16(at, true)],
  int8: [1, 'int8', true, (view, at) => view.getInt8(at)],
  uint32: [4, 'int64', false, (view, at) => BigInt(view.getUint32(at, true))],
  uint16: [2, 'int32', false, (view, at) => view.getUint16(at, true)],
  uint8: [1, 'uint8', true, (view, at) => view.getUint8(at)],
  bool: [1, 'bool', false, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
} satisfies Record<string, Row>;

export type ElementTypeName = keyof typeof rows;

const types = new Map<string, ElementType>(
  Object.entries(rows).map(([name, [bytes, dtype, sameBytes, element]]) => [
    name,
    { name, bytes, dtype, sameBytes, element },
  ]),
);

/** Every element type that can be read. */
export const elementTypes: readonly ElementType[] = [...types.values()];

export function elementType(name: ElementTypeName): ElementType {
  return types.get(name) as ElementType;
}
