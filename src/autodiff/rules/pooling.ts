import { float32 } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { axisGeometry, type WindowGeometry, windowGeometry } from '../../onnx/operators/linear.ts';
import { type GradientContext, inputOf, rule } from './rule.ts';
import { elementsAlong, expandLike, knownSize, reshapeLike, shapeOf, zerosLike } from './shapes.ts';

/**
 * Each window gives its cotangent in equal parts to what it averaged: a transposed convolution with ones, plane by
 * plane. Windows side by side need only repeat it, which is six times faster.
 */
const averagePool = rule((context, gy) => {
  const { g, node } = context;
  const x = inputOf(context, 0);
  const geometry = windowGeometry(node.attributes.kernel_shape as readonly number[], node.attributes);
  const shares = g.Mul(gy, windowShares(context, gy, geometry));
  return [tiles(x, gy, geometry) ? repeated(g, shares, x) : spread(g, shares, x, geometry)];
});

/** Windows side by side that fill a picture. */
function tiles(x: Value, gy: Value, { kernel, strides, dilations, pads }: WindowGeometry): boolean {
  const adjacent = kernel.every(
    (size, axis) => strides[axis] === size && (size === 1 || dilations[axis] === 1),
  );
  const full = kernel.every((size, axis) => sizeOf(x, axis) === size * sizeOf(gy, axis));
  return kernel.length === 2 && adjacent && full && pads.every((pad) => pad === 0);
}

function repeated(g: GraphBuilder, shares: Value, x: Value): Value {
  return g.Resize(shares, shapeOf(g, x), {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
}

function spread(g: GraphBuilder, shares: Value, x: Value, geometry: WindowGeometry): Value {
  const { kernel, strides, pads, dilations } = geometry;
  const ones = g.constant(float32([1, 1, ...kernel], new Float32Array(product(kernel)).fill(1)));
  const places = kernel.map((_, axis) => sizeOf(shares, axis));
  const output_padding = kernel.map((size, axis) => {
    const { stride, dilation, padBegin, padEnd } = axisGeometry(geometry, axis);
    const covered = ((places[axis] as number) - 1) * stride + dilation * (size - 1) + 1 - padBegin - padEnd;
    return sizeOf(x, axis) - covered;
  });
  const planes = g.Reshape(shares, [-1, 1, ...places]);
  return reshapeLike(
    g,
    g.ConvTranspose(planes, ones, undefined, { strides, pads, dilations, output_padding }),
    x,
  );
}

/** The cotangent goes to the place of each maximum; windows that share a maximum add up. */
const maxPool = rule((context, gy) => {
  const { g, node } = context;
  const x = inputOf(context, 0);
  const places = g.Reshape(node.outputs[1] as Value, [-1]);
  const scattered = g.ScatterElements(zerosLike(g, g.Reshape(x, [-1])), places, g.Reshape(gy, [-1]), {
    axis: 0,
    reduction: 'add',
  });
  return [reshapeLike(g, scattered, x)];
});

export const poolingRules = {
  AveragePool: averagePool,
  MaxPool: maxPool,
  GlobalAveragePool: rule((context, gy) => {
    const { g } = context;
    const x = inputOf(context, 0);
    const axes = [...x.shape.keys()].slice(2);
    return [expandLike(g, g.Div(gy, elementsAlong(g, x, axes)), x)];
  }),
} as const;

/** 1 / elements averaged, for every window; windows over the border average fewer unless padding counts. */
function windowShares(context: GradientContext, gy: Value, geometry: WindowGeometry): Value {
  const { g, node } = context;
  const x = inputOf(context, 0);
  const uniform = node.attributes.count_include_pad === 1 || geometry.pads.every((pad) => pad === 0);
  if (uniform) return g.scalar(1 / product(geometry.kernel), gy.dtype);
  const places = geometry.kernel.map((_, axis) => sizeOf(gy, axis));
  const counts = places
    .map((_, axis) => insideCounts(sizeOf(x, axis), places[axis] as number, geometry, axis))
    .reduce((all, along) => all.flatMap((before) => along.map((count) => before * count)), [1]);
  const shares = float32(
    [1, 1, ...places],
    counts.map((count) => 1 / count),
  );
  return g.constant(shares);
}

/** How many places of each window along an axis lie inside of the input. */
function insideCounts(size: number, count: number, geometry: WindowGeometry, axis: number): number[] {
  const { stride, dilation, padBegin } = axisGeometry(geometry, axis);
  return Array.from({ length: count }, (_, place) => {
    const positions = Array.from(
      { length: geometry.kernel[axis] as number },
      (__, at) => place * stride - padBegin + at * dilation,
    );
    return positions.filter((position) => position >= 0 && position < size).length;
  });
}

/** Size of a spatial axis. */
function sizeOf(x: Value, axis: number): number {
  return knownSize(x, axis + 2, 'the gradient of AveragePool');
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
