import { int64 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, productOf } from '../../onnx/dimension.ts';
import { GraphError } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { type GradientContext, inputOf, notDifferentiable, rule } from './rule.ts';
import { fromFront, knownShape, reshapeTo, zerosLike } from './shapes.ts';

/** Rows taken several times add up. */
const gather = rule((context, gy) => {
  const indices = inputOf(context, 1);
  return [indices.shape.length === 1 ? scatteredInPlace(context, gy) : scatteredInFront(context, gy)];
});

/** For a list of indices: each column of the axis gets its own scatter, and nothing is moved. */
function scatteredInPlace(context: GradientContext, gy: Value): Value {
  const { g } = context;
  const [x, indices] = [inputOf(context, 0), inputOf(context, 1)];
  const axis = axisOf(context);
  const along = gy.shape.map((_, at) => (at === axis ? -1 : 1));
  const places = g.Expand(g.Reshape(g.Cast(indices, 'int64'), along), g.Shape(gy));
  return g.ScatterElements(zerosLike(g, x), places, gy, { axis, reduction: 'add' });
}

/** For indices of any rank: a scatter along the first axis, moved there and back. */
function scatteredInFront(context: GradientContext, gy: Value): Value {
  const { g } = context;
  const [x, indices] = [inputOf(context, 0), inputOf(context, 1)];
  const axis = axisOf(context);
  const front = [axis, ...[...x.shape.keys()].filter((at) => at !== axis)];
  const taken = Array.from({ length: indices.shape.length }, (_, at) => axis + at);
  const others = [...gy.shape.keys()].filter((at) => !taken.includes(at));
  const rest = front.slice(1).map((at) => x.shape[at] as Dim);
  const updates = reshapeTo(g, permuted(g, gy, [...taken, ...others]), [productOf(indices.shape), ...rest]);
  const rows = g.Reshape(g.Cast(indices, 'int64'), [-1, 1]);
  const sizes = g.Gather(g.Shape(x), g.integers(front), 0);
  const zeros = g.Expand(g.scalar(0, x.dtype), sizes);
  const scattered = g.ScatterND(zeros, rows, updates, { reduction: 'add' });
  const back = [...x.shape.keys()].map((at) => front.indexOf(at));
  return permuted(g, scattered, back);
}

const gatherElements = rule((context, gy) => {
  const { g } = context;
  const [x, indices] = [inputOf(context, 0), inputOf(context, 1)];
  return [g.ScatterElements(zerosLike(g, x), indices, gy, { axis: axisOf(context), reduction: 'add' })];
});

const gatherND = rule((context, gy) => {
  const { g, node } = context;
  const [x, indices] = [inputOf(context, 0), inputOf(context, 1)];
  const batchAxes = (node.attributes.batch_dims as number | undefined) ?? 0;
  const complete = batchAxes === 0 ? indices : withBatchPlaces(g, indices, batchAxes);
  return [g.ScatterND(zerosLike(g, x), complete, gy, { reduction: 'add' })];
});

const scatterElements = rule((context, gy) => {
  const { g, node, wanted } = context;
  const indices = inputOf(context, 1);
  const axis = axisOf(context);
  const kept = overwritten(node.attributes.reduction, node.name)
    ? g.ScatterElements(gy, indices, zerosLike(g, inputOf(context, 2)), { axis })
    : gy;
  return [
    wanted[0] ? kept : undefined,
    undefined,
    wanted[2] ? g.GatherElements(gy, indices, axis) : undefined,
  ];
});

const scatterND = rule((context, gy) => {
  const { g, node, wanted } = context;
  const [indices, updates] = [inputOf(context, 1), inputOf(context, 2)];
  const kept = overwritten(node.attributes.reduction, node.name)
    ? g.ScatterND(gy, indices, zerosLike(g, updates))
    : gy;
  return [wanted[0] ? kept : undefined, undefined, wanted[2] ? g.GatherND(gy, indices) : undefined];
});

export const indexingRules = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  OneHot: notDifferentiable,
} as const;

/** Without a reduction the scattered places lose their old value; with `add` they keep it. */
function overwritten(reduction: unknown, node: string): boolean {
  if (reduction === undefined || reduction === 'none') return true;
  if (reduction === 'add') return false;
  throw new GraphError(`${node}: the gradient of a scatter with reduction "${reduction}" is not supported`);
}

/** Indices that name the batch axes too, so that no batch_dims is needed. */
function withBatchPlaces(g: GraphBuilder, indices: Value, batchAxes: number): Value {
  const shape = knownShape(indices, 'the gradient of GatherND with batch_dims');
  const columns = Array.from({ length: batchAxes }, (_, axis) => {
    const size = shape[axis] as number;
    const places = Array.from({ length: size }, (__, place) => place);
    const along = shape.map((__, at) => (at === axis ? size : 1));
    return g.Expand(g.constant(int64(along, places)), [...shape.slice(0, -1), 1]);
  });
  return g.Concat([...columns, indices], shape.length - 1);
}

function axisOf(context: GradientContext): number {
  const axis = (context.node.attributes.axis as number | undefined) ?? 0;
  return fromFront(axis, inputOf(context, 0).shape.length);
}

/** Transpose, unless there is nothing to transpose. */
function permuted(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  return perm.every((axis, index) => axis === index) ? x : g.Transpose(x, perm);
}
