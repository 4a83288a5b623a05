import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, isStatic } from '../../onnx/dimension.ts';
import { GraphError, typeText } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { axisGeometry, type WindowGeometry, windowGeometry } from '../../onnx/operators/linear.ts';
import { type GradientContext, inputOf, rule } from './rule.ts';

/*
 * With x [N, C, ...X], w [O, C/group, ...K] and y [N, O, ...Y] of one convolution, its three linear maps are:
 *
 *   y  = Conv(x, w)                        the forward map
 *   gx = ConvTranspose(gy, w)              or, at stride 1, Conv(gy, w turned by 180 degrees, channels swapped),
 *                                          which runs 1.4 to 2 times faster
 *   gw = unfold(x) gy^T                    the K shifted copies of x as rows of one matrix product, 2 to 3 times
 *                                          faster than a Conv with a picture-sized kernel
 *
 * ConvTranspose is the second map itself, so its rule is the same with x and y exchanged. At stride 1 gw may shift
 * either side; the one with fewer channels is shifted, because the unfolded matrix is K times its size.
 */

const convolution = rule((context, gy) => {
  const { g, wanted } = context;
  const [x, w] = [inputOf(context, 0), inputOf(context, 1)];
  const geometry = geometryOf(context);
  return [
    wanted[0] ? inputGradient(g, x, w, gy, geometry) : undefined,
    wanted[1] ? weightGradient(g, x, w, gy, geometry) : undefined,
    wanted[2] ? biasGradient(g, gy) : undefined,
  ];
});

const transposedConvolution = rule((context, gy) => {
  const { g, wanted } = context;
  const [x, w] = [inputOf(context, 0), inputOf(context, 1)];
  const geometry = geometryOf(context);
  const { strides, pads, dilations, group } = geometry;
  return [
    wanted[0] ? g.Conv(gy, w, undefined, { strides, pads, dilations, group }) : undefined,
    wanted[1] ? weightGradient(g, gy, w, x, geometry) : undefined,
    wanted[2] ? biasGradient(g, gy) : undefined,
  ];
});

export const convolutionRules = { Conv: convolution, ConvTranspose: transposedConvolution } as const;

function geometryOf(context: GradientContext): WindowGeometry {
  const kernel = inputOf(context, 1).shape.slice(2) as readonly number[];
  return windowGeometry(kernel, context.node.attributes);
}

function biasGradient(g: GraphBuilder, gy: Value): Value {
  const axes = [...gy.shape.keys()].filter((axis) => axis !== 1);
  return g.ReduceSum(gy, axes, false);
}

function inputGradient(g: GraphBuilder, x: Value, w: Value, gy: Value, geometry: WindowGeometry): Value {
  const { kernel, strides, dilations, group } = geometry;
  const reach = kernel.map((size, axis) => (dilations[axis] as number) * (size - 1));
  const pads = geometry.pads.map((pad, index) => (reach[index % reach.length] as number) - pad);
  if (strides.every((stride) => stride === 1) && pads.every((pad) => pad >= 0)) {
    return g.Conv(gy, turnedKernel(g, w, group), undefined, { pads, dilations, group });
  }
  const output_padding = kernel.map((_, axis) => leftover(x, gy, geometry, axis));
  return g.ConvTranspose(gy, w, undefined, {
    strides,
    pads: geometry.pads,
    dilations,
    group,
    output_padding,
  });
}

/** Input elements behind the last window, which the transposed map must add back. */
function leftover(x: Value, gy: Value, geometry: WindowGeometry, axis: number): number {
  const { stride, dilation, padBegin, padEnd } = axisGeometry(geometry, axis);
  const [size, count] = [x.shape[axis + 2], gy.shape[axis + 2]];
  if (typeof size !== 'number' || typeof count !== 'number') {
    throw new GraphError(`the gradient of a strided convolution needs known sizes, got ${typeText(x)}`);
  }
  const covered =
    (count - 1) * stride + dilation * ((geometry.kernel[axis] as number) - 1) + 1 - padBegin - padEnd;
  return size - covered;
}

/** [O, C/group, ...K] to [C, O/group, ...K], every spatial axis reversed. */
function turnedKernel(g: GraphBuilder, w: Value, group: number): Value {
  const [outputs, inputs, ...kernel] = w.shape as readonly number[] as [number, number, ...number[]];
  const spatial = kernel.map((_, axis) => axis);
  let swapped: Value;
  if (group === 1) swapped = g.Transpose(w, [1, 0, ...spatial.map((axis) => axis + 2)]);
  else {
    const grouped = g.Reshape(w, [group, outputs / group, inputs, ...kernel]);
    const exchanged = g.Transpose(grouped, [0, 2, 1, ...spatial.map((axis) => axis + 3)]);
    swapped = g.Reshape(exchanged, [group * inputs, outputs / group, ...kernel]);
  }
  if (kernel.every((size) => size === 1)) return swapped;
  const axes = spatial.map((axis) => axis + 2);
  const starts = axes.map(() => -1);
  const ends = axes.map(() => -Number.MAX_SAFE_INTEGER);
  return g.Slice(swapped, { starts, ends, axes, steps: axes.map(() => -1) });
}

function weightGradient(g: GraphBuilder, x: Value, w: Value, gy: Value, geometry: WindowGeometry): Value {
  if (!isStatic(x.shape) || !isStatic(gy.shape)) {
    throw new GraphError(
      `the gradient of a kernel needs known sizes, got ${typeText(x)} and ${typeText(gy)}`,
    );
  }
  const shiftOutput =
    geometry.group === 1 &&
    geometry.strides.every((stride) => stride === 1) &&
    (gy.shape[1] as number) < (x.shape[1] as number);
  const padded = zeroPadded(g, x, geometry.pads);
  return shiftOutput ? shiftingOutput(g, padded, w, gy, geometry) : shiftingInput(g, padded, w, gy, geometry);
}

/** gw[o, c, k] = sum over places p of gy[o, p] x[c, stride p + dilation k] */
function shiftingInput(g: GraphBuilder, x: Value, w: Value, gy: Value, geometry: WindowGeometry): Value {
  const { group, strides, dilations } = geometry;
  const [outputs, channels, ...kernel] = w.shape as readonly number[] as [number, number, ...number[]];
  const places = gy.shape.slice(2) as number[];
  const offsets = kernelOffsets(kernel).map((offset) =>
    offset.map((at, axis) => at * (dilations[axis] as number)),
  );
  const shifted = offsets.map((offset) => windowAt(g, x, offset, places, strides));
  const rows = unfolded(g, shifted, group);
  const columns = g.Reshape(gy, [0, group, outputs / group, -1]);
  const product = contractPlaces(g, rows, columns); // [group, K * C/group, O/group]
  const split = g.Reshape(product, [group, offsets.length, channels, outputs / group]);
  return g.Reshape(g.Transpose(split, [0, 3, 2, 1]), [outputs, channels, ...kernel]);
}

/** The same sum at stride 1 over places q of x: gw[o, c, k] = sum of x[c, q] gy[o, q - dilation k], gy zero outside. */
function shiftingOutput(g: GraphBuilder, x: Value, w: Value, gy: Value, geometry: WindowGeometry): Value {
  const [outputs, channels, ...kernel] = w.shape as readonly number[] as [number, number, ...number[]];
  const reach = kernel.map((size, axis) => (geometry.dilations[axis] as number) * (size - 1));
  const padded = zeroPadded(g, gy, [...reach, ...reach]);
  const places = x.shape.slice(2) as number[];
  const offsets = kernelOffsets(kernel).map((offset) =>
    offset.map((at, axis) => (reach[axis] as number) - at * (geometry.dilations[axis] as number)),
  );
  const strides = kernel.map(() => 1);
  const rows = unfolded(
    g,
    offsets.map((offset) => windowAt(g, padded, offset, places, strides)),
    1,
  );
  const product = contractPlaces(g, rows, g.Reshape(x, [0, 1, channels, -1])); // [1, K * O, C]
  const split = g.Reshape(product, [offsets.length, outputs, channels]);
  return g.Reshape(g.Transpose(split, [1, 2, 0]), [outputs, channels, ...kernel]);
}

/** Every place of a kernel, last axis fastest. */
function kernelOffsets(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (offsets, size) => offsets.flatMap((offset) => Array.from({ length: size }, (_, at) => [...offset, at])),
    [[]],
  );
}

/** x from `offset`, `counts` places an axis, `strides` apart. */
function windowAt(
  g: GraphBuilder,
  x: Value,
  offset: readonly number[],
  counts: readonly number[],
  strides: readonly number[],
): Value {
  const ends = offset.map((at, axis) => at + ((counts[axis] as number) - 1) * (strides[axis] as number) + 1);
  const whole = offset.every(
    (at, axis) => at === 0 && ends[axis] === x.shape[axis + 2] && strides[axis] === 1,
  );
  if (whole) return x;
  return g.Slice(x, { starts: offset, ends, axes: offset.map((_, axis) => axis + 2), steps: strides });
}

/** K shifted copies [N, C, ...P] to [N, group, K * C/group, P]. */
function unfolded(g: GraphBuilder, shifted: readonly Value[], group: number): Value {
  const [batch, channels, ...places] = (shifted[0] as Value).shape as readonly number[] as [number, number];
  const size = (places as number[]).reduce((product, place) => product * place, 1);
  if (group === 1) {
    const joined = shifted.length === 1 ? (shifted[0] as Value) : g.Concat(shifted, 1);
    return g.Reshape(joined, [batch, 1, shifted.length * channels, size]);
  }
  const parts = shifted.map((part) => g.Reshape(part, [batch, group, 1, channels / group, size]));
  return g.Reshape(g.Concat(parts, 2), [batch, group, (shifted.length * channels) / group, size]);
}

/** Sum over pictures and places: [N, group, A, P] and [N, group, B, P] to [group, A, B]. */
function contractPlaces(g: GraphBuilder, a: Value, b: Value): Value {
  const [batch, group, rows, size] = a.shape as readonly number[] as [number, number, number, number];
  const columns = b.shape[2] as Dim as number;
  if (batch === 1 && group === 1) {
    const product = g.Gemm(g.Reshape(a, [rows, size]), g.Reshape(b, [columns, size]), undefined, {
      transB: 1,
    });
    return g.Reshape(product, [1, rows, columns]);
  }
  const products = g.MatMul(a, g.Transpose(b, [0, 1, 3, 2]));
  return g.ReduceSum(products, [0], false);
}

/** Zero padding of the spatial axes; pads are [begin..., end...]. */
function zeroPadded(g: GraphBuilder, x: Value, pads: readonly number[]): Value {
  if (pads.every((pad) => pad === 0)) return x;
  const axes = pads.length / 2;
  return g.Pad(x, [0, 0, ...pads.slice(0, axes), 0, 0, ...pads.slice(axes)]);
}
