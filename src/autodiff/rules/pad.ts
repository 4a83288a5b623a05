import type { GraphBuilder } from '../../onnx/builder.ts';
import { addDims, type Dim } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';
import { inputOf, rule } from './rule.ts';

/*
 * Padding repeats elements, so its gradient adds each copy's cotangent to the original. Axis by axis, the padded
 * cotangent is cut into before | body | after, and only the few rows of the body that were copied are touched:
 *
 *   constant  before and after are dropped (their sum is the gradient of the padding value)
 *   edge      their sums are added to the first and the last row
 *   reflect   before, reversed, is added to rows 1..p; after, reversed, to rows n-1-q..n-2
 *
 * Negative padding cuts rows off before anything is padded: they get zeros.
 */
const pad = rule((context, gy) => {
  const { g, node, wanted } = context;
  const x = inputOf(context, 0);
  const rank = x.shape.length;
  const pads = node.inputs[1]?.contents as readonly number[];
  const mode = (node.attributes.mode as string | undefined) ?? 'constant';
  const fold = mode === 'reflect' ? foldReflected : mode === 'edge' ? foldEdges : cutBody;
  const cut = pads.map((count) => Math.min(count, 0));
  let folded = gy;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const [before, after] = [axis, axis + rank].map((end) => Math.max(pads[end] as number, 0)) as [
      number,
      number,
    ];
    const size = addDims(x.shape[axis] as Dim, (cut[axis] as number) + (cut[axis + rank] as number));
    if (before > 0 || after > 0) folded = fold({ g, axis, before, after, size }, folded);
  }
  // All elements of gy that did not go to the body came from the padding value.
  const valueGradient = wanted[2]
    ? g.Sub(g.ReduceSum(gy, undefined, false), g.ReduceSum(folded, undefined, false))
    : undefined;
  return [
    cut.some((count) => count < 0) ? g.Pad(folded, cut.map(Math.abs)) : folded,
    undefined,
    valueGradient,
  ];
});

export const padRules = { Pad: pad } as const;

interface PaddedAxis {
  readonly g: GraphBuilder;
  readonly axis: number;
  readonly before: number;
  readonly after: number;
  /** Of the axis without its padding, and without what negative padding cut off. */
  readonly size: Dim;
}

function cutBody({ g, axis, before, after }: PaddedAxis, x: Value): Value {
  return rows(g, x, axis, before, -after);
}

function foldEdges({ g, axis, before, after, size }: PaddedAxis, x: Value): Value {
  if (size === 1) return g.ReduceSum(x, [axis]);
  const first = g.ReduceSum(rows(g, x, axis, 0, before + 1), [axis]);
  const last = g.ReduceSum(rows(g, x, axis, -after - 1, 0), [axis]);
  return joined(g, axis, [first, rows(g, x, axis, before + 1, -after - 1), last]);
}

function foldReflected(padded: PaddedAxis, x: Value): Value {
  const { g, axis, before, after, size } = padded;
  if (typeof size === 'number' && before + after > size - 2) return foldOverlapping(padded, size, x);
  const low =
    before === 0
      ? []
      : [
          rows(g, x, axis, before, before + 1),
          addReversed(g, axis, rows(g, x, axis, before + 1, 2 * before + 1), rows(g, x, axis, 0, before)),
        ];
  const high =
    after === 0
      ? []
      : [
          addReversed(g, axis, rows(g, x, axis, -(2 * after + 1), -(after + 1)), rows(g, x, axis, -after, 0)),
          rows(g, x, axis, -(after + 1), -after),
        ];
  const [from, to] = [before === 0 ? 0 : 2 * before + 1, after === 0 ? 0 : -(2 * after + 1)];
  return joined(g, axis, [...low, rows(g, x, axis, from, to), ...high]);
}

/** The copied rows of both ends meet: each end is laid over the whole body. */
function foldOverlapping({ g, axis, before, after }: PaddedAxis, size: number, x: Value): Value {
  let body = rows(g, x, axis, before, -after);
  if (before > 0) body = addReversed(g, axis, body, rows(g, x, axis, 0, before), [1, size - 1 - before]);
  if (after > 0) body = addReversed(g, axis, body, rows(g, x, axis, -after, 0), [size - 1 - after, 1]);
  return body;
}

/** to + x reversed along the axis, x first widened by zero rows at both ends. */
function addReversed(
  g: GraphBuilder,
  axis: number,
  to: Value,
  x: Value,
  zeroRows: readonly number[] = [0, 0],
): Value {
  const turned = g.Slice(x, { starts: [-1], ends: [-Number.MAX_SAFE_INTEGER], axes: [axis], steps: [-1] });
  if (zeroRows.every((count) => count === 0)) return g.Add(to, turned);
  const pads = new Array<number>(2 * x.shape.length).fill(0);
  pads[axis] = zeroRows[0] as number;
  pads[axis + x.shape.length] = zeroRows[1] as number;
  return g.Add(to, g.Pad(turned, pads));
}

function joined(g: GraphBuilder, axis: number, parts: readonly Value[]): Value {
  return g.Concat(
    parts.filter((part) => part.shape[axis] !== 0),
    axis,
  );
}

/** Rows from..to of an axis; negative counts from the end, `to` of 0 is the end itself. */
function rows(g: GraphBuilder, x: Value, axis: number, from: number, to: number): Value {
  const size = x.shape[axis] as Dim;
  if (from === 0 && (to === 0 || to === size)) return x;
  return g.Slice(x, { starts: [from], ends: [to === 0 ? Number.MAX_SAFE_INTEGER : to], axes: [axis] });
}
