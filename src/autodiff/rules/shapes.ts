import { int64 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, isStatic, productOf, sameDim, sameShape, shapeText } from '../../onnx/dimension.ts';
import { GraphError, typeText } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';

/** The shape of a value as an int64 vector: a constant where it is known. */
export function shapeOf(g: GraphBuilder, value: Value): Value {
  return isStatic(value.shape) ? g.constant(int64([value.shape.length], value.shape)) : g.Shape(value);
}

export function reshapeLike(g: GraphBuilder, x: Value, like: Value): Value {
  return sameShape(x.shape, like.shape) ? x : g.Reshape(x, shapeOf(g, like));
}

export function expandLike(g: GraphBuilder, x: Value, like: Value): Value {
  return sameShape(x.shape, like.shape) ? x : g.Expand(x, shapeOf(g, like));
}

/**
 * x with the given sizes. Unknown sizes may stand where x has the same one, and once elsewhere.
 * @throws GraphError when more of them are unknown
 */
export function reshapeTo(g: GraphBuilder, x: Value, shape: readonly Dim[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const sizes = shape.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    const old = x.shape[axis];
    return old !== undefined && sameDim(old, dim) ? 0 : -1;
  });
  if (sizes.filter((size) => size === -1).length > 1) {
    throw new GraphError(`${typeText(x)} cannot be reshaped to ${shapeText(shape)}: too many unknown sizes`);
  }
  return g.Reshape(x, sizes);
}

/** Undoes broadcasting: sums x over the axes along which `like` was repeated. */
export function sumTo(g: GraphBuilder, x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  const lead = x.shape.length - like.shape.length;
  const axes = [...x.shape.keys()].filter(
    (axis) => axis < lead || !sameDim(like.shape[axis - lead] as Dim, x.shape[axis] as Dim),
  );
  return reshapeLike(g, axes.length === 0 ? x : g.ReduceSum(x, axes), like);
}

/** How many elements one mean over the axes covers, as a float scalar. */
export function elementsAlong(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const dims = axes.map((axis) => x.shape[axis] as Dim);
  const count = productOf(dims);
  if (typeof count === 'number') return g.scalar(count, x.dtype);
  const sizes = g.Cast(g.Gather(g.Shape(x), g.integers(axes), 0), x.dtype);
  return axes.reduce(
    (product, _, index) => g.Mul(product, g.Gather(sizes, g.scalar(index, 'int64'), 0)),
    g.scalar(1, x.dtype),
  );
}

export function zerosLike(g: GraphBuilder, like: Value): Value {
  return like.shape.length === 0
    ? g.scalar(0, like.dtype)
    : g.Expand(g.scalar(0, like.dtype), shapeOf(g, like));
}

/** Size of an axis. @throws GraphError when it is not known, saying what for */
export function knownSize(x: Value, axis: number, what: string): number {
  const size = x.shape[axis];
  if (typeof size === 'number') return size;
  throw new GraphError(
    `${what} needs to know the size of axis ${axis} of ${x.name}, which is ${typeText(x)}`,
  );
}

/** All sizes. @throws GraphError when one is not known, saying what for */
export function knownShape(x: Value, what: string): readonly number[] {
  if (isStatic(x.shape)) return x.shape;
  throw new GraphError(`${what} needs known sizes, ${x.name} is ${typeText(x)}`);
}

/** An axis counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** What all elements of a constant are equal to; undefined for other values. */
export function uniformConstant(value: Value): number | undefined {
  if (value.constant === undefined) return undefined;
  const data = value.constant.data as ArrayLike<number>;
  const first = data[0];
  return Array.prototype.every.call(data, (element) => element === first) ? first : undefined;
}
