import {
  addDims,
  type Dim,
  dimText,
  divideExactly,
  floorDivide,
  isStatic,
  multiplyDims,
  productOf,
  sameDim,
  scaleDim,
} from '../dimension.ts';
import { define, type OperatorCall } from './definition.ts';
import { replaced } from './reduction.ts';
import { slicedType } from './slice.ts';

export const movementOperators = {
  Shape: define({
    arity: [1, 1],
    attributes: {},
    infer: (call) => {
      const { shape } = call.input(0);
      return [{ dtype: 'int64', shape: [shape.length], contents: shape }];
    },
  }),
  /** A size of -1 is inferred; 0 copies the input's size at the same place. */
  Reshape: define({
    arity: [2, 2],
    attributes: { allowzero: 'int' },
    infer: (call) => [
      { dtype: call.input(0).dtype, shape: reshaped(call), contents: call.input(0).contents },
    ],
  }),
  Unsqueeze: define({
    arity: [2, 2],
    attributes: {},
    infer: (call) => {
      const x = call.input(0);
      const axes = call.numbers(1, 'axes') ?? [];
      const rank = x.shape.length + axes.length;
      const inserted = new Set(axes.map((axis) => call.axis(axis, rank)));
      const rest = [...x.shape];
      const shape = Array.from({ length: rank }, (_, axis) =>
        inserted.has(axis) ? 1 : (rest.shift() as Dim),
      );
      return [{ dtype: x.dtype, shape, contents: x.contents }];
    },
  }),
  Squeeze: define({
    arity: [2, 2],
    attributes: {},
    infer: (call) => {
      const x = call.input(0);
      const axes = new Set((call.numbers(1, 'axes') ?? []).map((axis) => call.axis(axis, x.shape.length)));
      for (const axis of axes) if (x.shape[axis] !== 1) call.fail(`axis ${axis} is not of size 1`);
      return [{ dtype: x.dtype, shape: x.shape.filter((_, axis) => !axes.has(axis)), contents: x.contents }];
    },
  }),
  Transpose: define({
    arity: [1, 1],
    attributes: { perm: 'ints' },
    infer: (call) => {
      const x = call.input(0);
      const perm = call.attributes.perm ?? [...x.shape.keys()].reverse();
      const complete = [...perm].sort((a, b) => a - b).every((axis, index) => axis === index);
      if (perm.length !== x.shape.length || !complete)
        call.fail(`perm [${perm}] is not a permutation of the axes`);
      return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] as Dim) }];
    },
  }),
  Expand: define({
    arity: [2, 2],
    attributes: {},
    infer: (call) => [{ dtype: call.input(0).dtype, shape: expanded(call) }],
  }),
  Concat: define({
    arity: [1, Number.POSITIVE_INFINITY],
    attributes: { axis: 'int' },
    infer: (call) => [concatenated(call)],
  }),
  Split: define({
    arity: [2, 2],
    attributes: { axis: 'int', num_outputs: 'int' },
    infer: (call) => {
      const x = call.requireRank(0, 1);
      const axis = call.axis(call.attributes.axis ?? 0, x.shape.length);
      const sizes = call.contents(1, 'split');
      const total = sizes.reduce(addDims, 0);
      if (!sameDim(total, x.shape[axis] as Dim)) {
        call.fail(`parts of ${sizes.map(dimText).join(' + ')} do not fill axis ${axis}`);
      }
      return sizes.map((size) => ({ dtype: x.dtype, shape: replaced(x.shape, axis, size) }));
    },
  }),
  Slice: define({
    arity: [3, 5],
    attributes: {},
    infer: (call) => [slicedType(call)],
  }),
  /** Inputs: x, pads [begin..., end...] for every axis, the value for mode constant. */
  Pad: define({
    arity: [2, 3],
    attributes: { mode: 'string' },
    infer: (call) => {
      const x = call.input(0);
      const pads = call.numbers(1, 'pads') ?? [];
      const rank = x.shape.length;
      if (pads.length !== 2 * rank) call.fail(`pads must have ${2 * rank} entries, got ${pads.length}`);
      const shape = x.shape.map((dim, axis) =>
        addDims(dim, (pads[axis] as number) + (pads[axis + rank] as number)),
      );
      if (call.attributes.mode === 'reflect') requireRoomToReflect(call, pads);
      return [{ dtype: x.dtype, shape }];
    },
  }),
  Tile: define({
    arity: [2, 2],
    attributes: {},
    infer: (call) => {
      const x = call.input(0);
      const repeats = call.contents(1, 'repeats');
      if (repeats.length !== x.shape.length) call.fail('repeats must have one entry an axis');
      return [{ dtype: x.dtype, shape: x.shape.map((dim, axis) => multiplyDims(dim, repeats[axis] as Dim)) }];
    },
  }),
  DepthToSpace: define({
    arity: [1, 1],
    attributes: { blocksize: 'int', mode: 'string' },
    infer: (call) => {
      const [batch, channels, height, width] = call.requireRank(0, 4).shape as [Dim, Dim, Dim, Dim];
      const size = call.attributes.blocksize ?? call.fail('attribute blocksize is required');
      const shape = [
        batch,
        divided(call, channels, size * size),
        scaleDim(height, size),
        scaleDim(width, size),
      ];
      return [{ dtype: call.input(0).dtype, shape }];
    },
  }),
  SpaceToDepth: define({
    arity: [1, 1],
    attributes: { blocksize: 'int' },
    infer: (call) => {
      const [batch, channels, height, width] = call.requireRank(0, 4).shape as [Dim, Dim, Dim, Dim];
      const size = call.attributes.blocksize ?? call.fail('attribute blocksize is required');
      const shape = [
        batch,
        scaleDim(channels, size * size),
        divided(call, height, size),
        divided(call, width, size),
      ];
      return [{ dtype: call.input(0).dtype, shape }];
    },
  }),
  ConstantOfShape: define({
    arity: [1, 1],
    attributes: { value: 'tensor' },
    infer: (call) => [{ dtype: call.attributes.value?.dtype ?? 'float32', shape: call.contents(0, 'shape') }],
  }),
} as const;

/** A size that must divide; unknown ones are taken to. */
function divided(call: OperatorCall, size: Dim, by: number): Dim {
  if (typeof size === 'number' && size % by !== 0) call.fail(`${size} does not divide by ${by}`);
  return floorDivide(size, by);
}

function reshaped(call: OperatorCall): readonly Dim[] {
  const x = call.input(0);
  const asked = call.contents(1, 'shape').map((dim, axis) => (dim === 0 ? (x.shape[axis] as Dim) : dim));
  const open = asked.indexOf(-1);
  const shape = open < 0 ? asked : replaced(asked, open, quotient(call, x.shape, asked));
  const [before, after] = [productOf(x.shape), productOf(shape)];
  if (isStatic(x.shape) && isStatic(shape) && before !== after) {
    call.fail(`cannot reshape ${dimText(before)} elements to [${shape.map(dimText).join(', ')}]`);
  }
  return shape;
}

/** The size that -1 stands for: all elements over the product of the other sizes. */
function quotient(call: OperatorCall, from: readonly Dim[], asked: readonly Dim[]): Dim {
  const others = asked.filter((dim) => dim !== -1);
  const remaining = [...from];
  const unmatched = others.filter((dim) => {
    const at = remaining.findIndex((candidate) => typeof dim !== 'number' && sameDim(candidate, dim));
    if (at >= 0) remaining.splice(at, 1);
    return at < 0;
  });
  const [total, divisor] = [productOf(remaining), productOf(unmatched)];
  return (
    divideExactly(total, divisor) ??
    call.fail(`-1 cannot be inferred: ${dimText(total)} elements do not divide by ${dimText(divisor)}`)
  );
}

function expanded(call: OperatorCall): readonly Dim[] {
  const { shape: from } = call.input(0);
  const to = call.contents(1, 'shape');
  const rank = Math.max(from.length, to.length);
  return Array.from({ length: rank }, (_, axis) => {
    const old = from[axis - rank + from.length] ?? 1;
    const asked = to[axis - rank + to.length] ?? 1;
    if (asked === 1) return old;
    if (old !== 1 && !sameDim(old, asked))
      call.fail(`axis ${axis} of size ${dimText(old)} cannot become ${dimText(asked)}`);
    return asked;
  });
}

function concatenated(call: OperatorCall<{ readonly axis: 'int' }>) {
  const first = call.requireRank(0, 1);
  const axis = call.axis(call.attributes.axis ?? 0, first.shape.length);
  let total: Dim = 0;
  for (let index = 0; index < call.inputs.length; index++) {
    const { shape, dtype } = call.input(index);
    const fits =
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((dim, at) => at === axis || sameDim(dim, first.shape[at] as Dim));
    if (!fits) call.fail(`input ${index} differs from input 0 beside axis ${axis}`);
    total = addDims(total, shape[axis] as Dim);
  }
  const parts = call.inputs.map((input) => input?.contents);
  const inOrder = first.shape.length === 1 && parts.every((part) => part !== undefined);
  const contents = inOrder ? parts.flat() : undefined;
  return { dtype: first.dtype, shape: replaced(first.shape, axis, total), contents };
}

function requireRoomToReflect(call: OperatorCall, pads: readonly number[]): void {
  const { shape } = call.input(0);
  for (const [index, pad] of pads.entries()) {
    const dim = shape[index % shape.length] as Dim;
    if (typeof dim === 'number' && pad >= dim && pad > 0) {
      call.fail(`cannot reflect ${pad} elements of an axis of ${dim}`);
    }
  }
}
