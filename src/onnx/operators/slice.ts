import { addDims, type Dim, dimText, floorDivide, subtractDims } from '../dimension.ts';
import type { ValueType } from '../ir.ts';
import type { OperatorCall } from './definition.ts';
import { replaced } from './reduction.ts';

/** The type of ONNX's Slice: inputs x, starts, ends, axes, steps. */
export function slicedType(call: OperatorCall): ValueType {
  const x = call.input(0);
  const starts = call.numbers(1, 'starts') ?? [];
  const ends = call.numbers(2, 'ends') ?? [];
  const axes = call.numbers(3, 'axes') ?? starts.map((_, index) => index);
  const steps = call.numbers(4, 'steps') ?? starts.map(() => 1);
  let shape: readonly Dim[] = x.shape;
  let contents = x.contents;
  for (const [index, asked] of axes.entries()) {
    const axis = call.axis(asked, x.shape.length);
    const range = [starts[index] as number, ends[index] as number, steps[index] as number] as const;
    shape = replaced(shape, axis, slicedSize(call, shape[axis] as Dim, ...range));
    contents =
      contents && x.shape.length === 1 && range[2] === 1 ? contents.slice(range[0], range[1]) : undefined;
  }
  return { dtype: x.dtype, shape, contents };
}

/** A position that no axis reaches: means its end. */
const farthest = 2 ** 31 - 1;

/** Elements from start (inclusive) to end (exclusive) by step, with ONNX's clamping and negative counting. */
function slicedSize(call: OperatorCall, size: Dim, start: number, end: number, step: number): Dim {
  if (step === 0) call.fail('a step must not be 0');
  if (step < 0 && end >= farthest)
    call.fail(
      `the end ${end} of a slice backwards is before the first element to ONNX Runtime, after the last to ONNX`,
    );
  if (typeof size !== 'number') return slicedSymbolic(call, size, start, end, step);
  const last = step > 0 ? size : size - 1;
  const place = (position: number, lowest: number) =>
    Math.min(Math.max(position < 0 ? position + size : position, lowest), last);
  const length = place(end, step > 0 ? 0 : -1) - place(start, 0);
  return Math.max(0, Math.ceil(length / step));
}

/**
 * Of an unknown size: counted from the front to the back, or reversed whole. The size is taken to be large enough
 * for the positions asked for.
 */
function slicedSymbolic(call: OperatorCall, size: Dim, start: number, end: number, step: number): Dim {
  if (step === -1 && start === -1 && end <= -farthest) return size;
  if (step < 0) call.fail(`a slice ${start}:${end}:${step} of the unknown size ${dimText(size)}`);
  const from = start >= 0 ? start : addDims(size, start);
  const to = end >= farthest ? size : end >= 0 ? end : addDims(size, end);
  return floorDivide(addDims(subtractDims(to, from), step - 1), step);
}
