import type { GraphBuilder } from '../../onnx/builder.ts';
import { addDims, type Dim, scaleDim } from '../../onnx/dimension.ts';
import { GraphError, typeText } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { inputOf, notDifferentiable, rule, zeroGradient } from './rule.ts';
import { fromFront, knownSize, reshapeLike, reshapeTo, sumTo, zerosLike } from './shapes.ts';

const reshape = rule((context, gy) => [reshapeLike(context.g, gy, inputOf(context, 0))]);

const concat = rule(({ g, node, wanted }, gy) => {
  const axis = fromFront((node.attributes.axis as number | undefined) ?? 0, gy.shape.length);
  let start: Dim = 0;
  return node.inputs.map((input, index) => {
    const size = (input as Value).shape[axis] as Dim;
    const from = start;
    start = addDims(start, size);
    return wanted[index] ? between(g, gy, axis, from, start) : undefined;
  });
});

/** Parts without a cotangent count as zeros. */
const split = rule(({ g, node, cotangents }) => {
  const parts = node.outputs.map((output, index) => cotangents[index] ?? zerosLike(g, output));
  return [g.Concat(parts, (node.attributes.axis as number | undefined) ?? 0)];
});

const transpose = rule(({ g, node }, gy) => {
  const perm = (node.attributes.perm as readonly number[] | undefined) ?? [...gy.shape.keys()].reverse();
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [g.Transpose(gy, inverse)];
});

/** The places left out get zeros: reversed back, spread to the stride, padded at both ends, axis by axis. */
const slice = rule((context, gy) => {
  const { g, node } = context;
  const x = inputOf(context, 0);
  const [starts, , axes, steps] = node.inputs.slice(1).map((input) => input?.contents as readonly number[]);
  let spread = gy;
  for (const [index, start] of (starts ?? []).entries()) {
    const axis = fromFront(axes?.[index] ?? index, x.shape.length);
    spread = unslice(g, spread, x, { axis, start, step: steps?.[index] ?? 1 });
  }
  return [spread];
});

const tile = rule((context, gy) => {
  const { g } = context;
  const x = inputOf(context, 0);
  const repeats = context.node.inputs[1]?.contents as readonly number[];
  let folded = gy;
  for (const [axis, count] of repeats.entries()) {
    if (count === 1) continue;
    const [before, after] = [folded.shape.slice(0, axis), folded.shape.slice(axis + 1)];
    const copies = reshapeTo(g, folded, [...before, count, x.shape[axis] as Dim, ...after]);
    folded = g.ReduceSum(copies, [axis], false);
  }
  return [folded];
});

/** Depth-column-row order is undone by SpaceToDepth; column-row-depth order by the same, channels regrouped. */
const depthToSpace = rule(({ g, node }, gy) => {
  const blocksize = node.attributes.blocksize as number;
  const packed = g.SpaceToDepth(gy, { blocksize });
  if (node.attributes.mode !== 'CRD') return [packed];
  return [regrouped(g, packed, blocksize * blocksize)];
});

export const movementRules = {
  Shape: zeroGradient,
  Reshape: reshape,
  Unsqueeze: reshape,
  Squeeze: reshape,
  Transpose: transpose,
  Expand: rule((context, gy) => [sumTo(context.g, gy, inputOf(context, 0))]),
  Concat: concat,
  Split: split,
  Slice: slice,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: rule(({ g, node }, gy) => [
    g.DepthToSpace(gy, { blocksize: node.attributes.blocksize as number, mode: 'DCR' }),
  ]),
  ConstantOfShape: notDifferentiable,
} as const;

function between(g: GraphBuilder, x: Value, axis: number, from: Dim, to: Dim): Value {
  if (typeof from !== 'number' || typeof to !== 'number') {
    throw new GraphError(
      `the gradient of a Concat along the unknown sizes of ${typeText(x)} is not supported`,
    );
  }
  return g.Slice(x, { starts: [from], ends: [to], axes: [axis] });
}

interface SlicedAxis {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

/** The cotangent of the slice along one axis, put back among zeros. */
function unslice(g: GraphBuilder, gy: Value, x: Value, { axis, start, step }: SlicedAxis): Value {
  const [size, count] = [x, gy].map((value) => knownSize(value, axis, 'the gradient of Slice')) as [
    number,
    number,
  ];
  if (count === 0) return zerosOfSize(g, gy, axis, size);
  const clamped = Math.min(Math.max(fromFront(start, size), 0), size - 1);
  const [forward, first] = step > 0 ? [gy, clamped] : [reversed(g, gy, axis), clamped + (count - 1) * step];
  const stride = Math.abs(step);
  const spread = spreadApart(g, forward, axis, stride);
  // Negative when the last place is followed by more zeros than there is room for.
  const after = size - first - count * stride;
  return first === 0 && after === 0 ? spread : g.Pad(spread, padsOf(spread, axis, first, after));
}

/** Zeros of the sizes of x, of another size along one axis. */
function zerosOfSize(g: GraphBuilder, x: Value, axis: number, size: number): Value {
  const parts = [g.Shape(x), g.integers([size])] as const;
  const order = [...x.shape.keys()].map((at) => (at === axis ? x.shape.length : at));
  return g.Expand(g.scalar(0, x.dtype), g.Gather(g.Concat(parts, 0), g.integers(order), 0));
}

function reversed(g: GraphBuilder, x: Value, axis: number): Value {
  return g.Slice(x, { starts: [-1], ends: [-Number.MAX_SAFE_INTEGER], axes: [axis], steps: [-1] });
}

/** `stride - 1` zeros behind every place. */
function spreadApart(g: GraphBuilder, x: Value, axis: number, stride: number): Value {
  if (stride === 1) return x;
  const paired = g.Unsqueeze(x, [axis + 1]);
  const padded = g.Pad(paired, padsOf(paired, axis + 1, 0, stride - 1));
  const merged = x.shape.map((size, at) => (at === axis ? scaleDim(size, stride) : size));
  return reshapeTo(g, padded, merged);
}

/** Pad's list for a padding of one axis. */
function padsOf(x: Value, axis: number, before: number, after: number): number[] {
  const rank = x.shape.length;
  return Array.from({ length: 2 * rank }, (_, at) => (at === axis ? before : at === axis + rank ? after : 0));
}

/** Channels ordered block-major to channel-major. */
function regrouped(g: GraphBuilder, x: Value, blocks: number): Value {
  const [batch, channels, ...places] = x.shape as [Dim, Dim, Dim, Dim];
  const perBlock = knownSize(x, 1, 'the gradient of DepthToSpace') / blocks;
  const split = reshapeTo(g, x, [batch, blocks, perBlock, ...places]);
  return reshapeTo(g, g.Transpose(split, [0, 2, 1, 3, 4]), [batch, channels, ...places]);
}
