import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, stridesOf } from '../../core/tensor.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { elementType, elementTypes } from './element-type.ts';
import { Storage, TensorRecord } from './tensor-record.ts';

const small = fc.integer({ min: 0, max: 4 });
const layouts = fc.array(fc.tuple(small, small), { maxLength: 4 }).chain((axes) =>
  fc.record({
    dims: fc.constant(axes.map(([dim]) => dim)),
    strides: fc.constant(axes.map(([, stride]) => stride)),
    offset: small,
  }),
);

/** Element by its definition: storage[offset + sum(index x stride)]. */
function expectedElements({
  dims,
  strides,
  offset,
}: {
  dims: number[];
  strides: number[];
  offset: number;
}): number[] {
  const dense = stridesOf(dims);
  return Array.from({ length: elementCount(dims) }, (_, flat) =>
    dims.reduce((sum, dim, axis) => {
      const index = Math.floor(flat / (dense[axis] as number)) % dim;
      return sum + index * (strides[axis] as number);
    }, offset),
  );
}

describe('TensorRecord', () => {
  it('decodes any strided view as its definition says', () => {
    const values = Float32Array.from({ length: 100 }, (_, index) => index);
    const halves = Uint16Array.from({ length: 100 }, (_, index) => (index === 0 ? 0 : halfOf(index)));
    const floats = new Storage('0', elementType('float32'), 100, () => new Uint8Array(values.buffer));
    const half = new Storage('1', elementType('float16'), 100, () => new Uint8Array(halves.buffer));
    fc.assert(
      fc.property(layouts, (layout) => {
        const expected = expectedElements(layout);
        expect([...new TensorRecord(floats, layout).decode().data]).toEqual(expected);
        expect([...new TensorRecord(half, layout).decode().data]).toEqual(expected);
      }),
    );
  });

  it('accepts a view exactly when all its elements lie in the storage', () => {
    fc.assert(
      fc.property(layouts, fc.nat(30), (layout, elements) => {
        const storage = new Storage('0', elementType('uint8'), elements, () => new Uint8Array(elements));
        const fits = expectedElements(layout).every((position) => position < elements);
        const make = () => new TensorRecord(storage, layout).decode();
        if (fits) expect(make().dims).toEqual(layout.dims);
        else expect(make).toThrow(CheckpointError);
      }),
    );
  });

  it('reads bytes that do not start at a multiple of the element size', () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    const storage = new Storage('0', elementType('float32'), 2, () => bytes.subarray(1));
    const layout = { offset: 0, dims: [2], strides: [1] };
    expect([...new TensorRecord(storage, layout).decode().data]).toEqual([1.5, -2]);
  });

  it('copies, so that the file can be let go', () => {
    for (const type of elementTypes) {
      const bytes = new Uint8Array(type.bytes);
      const storage = new Storage('0', type, 1, () => bytes);
      const made = new TensorRecord(storage, { offset: 0, dims: [1], strides: [1] }).decode();
      expect(made.data.buffer).not.toBe(bytes.buffer);
      expect(made.dtype).toBe(type.dtype);
    }
  });
});

/** Half precision bits of a positive integer below 2048. */
function halfOf(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | ((value - 2 ** exponent) * 2 ** (10 - exponent));
}
