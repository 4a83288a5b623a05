import {
  addDims,
  type Dim,
  dimText,
  divideExactly,
  floorDivide,
  sameDim,
  sameShape,
  scaleDim,
  shapeText,
} from '../dimension.ts';
import { define, type OperatorCall } from './definition.ts';
import { commonDType } from './elementwise.ts';

const convolutionAttributes = {
  strides: 'ints',
  pads: 'ints',
  dilations: 'ints',
  group: 'int',
  kernel_shape: 'ints',
} as const;

export const linearOperators = {
  MatMul: define({
    arity: [2, 2],
    attributes: {},
    infer: (call) => {
      const a = call.requireRank(0, 2).shape;
      const b = call.requireRank(1, 2).shape;
      if (!sameDim(a.at(-1) as Dim, b.at(-2) as Dim)) {
        call.fail('the last axis of input 0 must equal the last but one of input 1');
      }
      const batch = broadcastBatch(call, a.slice(0, -2), b.slice(0, -2));
      return [{ dtype: commonDType(call, [0, 1]), shape: [...batch, a.at(-2) as Dim, b.at(-1) as Dim] }];
    },
  }),
  Gemm: define({
    arity: [2, 3],
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
    infer: (call) => {
      const [rows, inner] = transposedIf(call.input(0).shape, call.attributes.transA);
      const [otherInner, columns] = transposedIf(call.input(1).shape, call.attributes.transB);
      if (call.input(0).shape.length !== 2 || call.input(1).shape.length !== 2)
        call.fail('inputs must be matrices');
      if (!sameDim(inner as Dim, otherInner as Dim)) call.fail('inner axes differ');
      requireAddend(call, [rows as Dim, columns as Dim]);
      return [{ dtype: commonDType(call, [0, 1]), shape: [rows as Dim, columns as Dim] }];
    },
  }),
  Conv: define({
    arity: [2, 3],
    attributes: convolutionAttributes,
    infer: (call) => {
      const x = call.requireRank(0, 3);
      const w = call.requireRank(1, 3);
      const geometry = convolutionGeometry(call);
      const channels = scaleDim(w.shape[1] as Dim, geometry.group);
      if (!sameDim(x.shape[1] as Dim, channels)) {
        call.fail(
          `the kernel reads ${dimText(channels)} channels, the input has ${dimText(x.shape[1] as Dim)}`,
        );
      }
      if (!divideExactly(w.shape[0] as Dim, geometry.group)) {
        call.fail(`${dimText(w.shape[0] as Dim)} kernels do not form ${geometry.group} groups`);
      }
      call.requireVector(2, w.shape[0] as Dim);
      const spatial = windowCounts(call, geometry);
      return [
        { dtype: commonDType(call, [0, 1]), shape: [x.shape[0] as Dim, w.shape[0] as Dim, ...spatial] },
      ];
    },
  }),
  ConvTranspose: define({
    arity: [2, 3],
    attributes: { ...convolutionAttributes, output_padding: 'ints' },
    infer: (call) => {
      const x = call.requireRank(0, 3);
      const w = call.requireRank(1, 3);
      const geometry = convolutionGeometry(call);
      if (!sameDim(x.shape[1] as Dim, w.shape[0] as Dim)) {
        call.fail(
          `the kernel reads ${dimText(w.shape[0] as Dim)} channels, the input has ${dimText(x.shape[1] as Dim)}`,
        );
      }
      const spatial = geometry.kernel.map((kernel, axis) => {
        const { stride, dilation, padBegin, padEnd } = axisGeometry(geometry, axis);
        const added = call.attributes.output_padding?.[axis] ?? 0;
        if (added >= stride) call.fail(`output_padding ${added} must be smaller than the stride ${stride}`);
        const extra = dilation * (kernel - 1) + 1 - padBegin - padEnd + added;
        return addDims(scaleDim(addDims(x.shape[axis + 2] as Dim, -1), stride), extra);
      });
      const outChannels = scaleDim(w.shape[1] as Dim, geometry.group);
      call.requireVector(2, outChannels);
      return [{ dtype: commonDType(call, [0, 1]), shape: [x.shape[0] as Dim, outChannels, ...spatial] }];
    },
  }),
} as const;

/** Sizes of a sliding window, with ONNX's defaults filled in; pads are [begin..., end...]. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
}

interface WindowAttributes {
  readonly strides?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
  readonly group?: number | undefined;
}

/** Fills in ONNX's defaults for a window of the given kernel sizes. */
export function windowGeometry(kernel: readonly number[], attributes: WindowAttributes): WindowGeometry {
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: attributes.strides ?? ones,
    dilations: attributes.dilations ?? ones,
    pads: attributes.pads ?? [...kernel, ...kernel].map(() => 0),
    group: attributes.group ?? 1,
  };
}

export function axisGeometry(geometry: WindowGeometry, axis: number) {
  return {
    stride: geometry.strides[axis] as number,
    dilation: geometry.dilations[axis] as number,
    padBegin: geometry.pads[axis] as number,
    padEnd: geometry.pads[axis + geometry.kernel.length] as number,
  };
}

function convolutionGeometry(call: OperatorCall<typeof convolutionAttributes>): WindowGeometry {
  const kernel = call
    .input(1)
    .shape.slice(2)
    .map((dim) => (typeof dim === 'number' ? dim : call.fail(`kernel size ${dim.text} is unknown`)));
  if (call.input(0).shape.length !== kernel.length + 2) call.fail('input and kernel must have the same rank');
  const geometry = windowGeometry(kernel, call.attributes);
  requireAxes(call, geometry);
  return geometry;
}

/** @throws GraphError when strides, dilations or pads do not have one entry (pads: two) an axis */
export function requireAxes(call: OperatorCall, geometry: WindowGeometry): void {
  const axes = geometry.kernel.length;
  const { strides, dilations, pads } = geometry;
  if (strides.length !== axes || dilations.length !== axes || pads.length !== 2 * axes) {
    call.fail(`strides, dilations and pads must have ${axes}, ${axes} and ${2 * axes} entries`);
  }
}

/** How many windows fit along each spatial axis of input 0. @throws GraphError when none does */
export function windowCounts(call: OperatorCall, geometry: WindowGeometry): readonly Dim[] {
  const sizes = call.input(0).shape.slice(2);
  return geometry.kernel.map((kernel, axis) => {
    const count = windowCount(sizes[axis] as Dim, kernel, geometry, axis);
    if (typeof count !== 'number' || count > 0) return count;
    return call.fail(`the kernel of ${kernel} is larger than axis ${axis + 2} with its padding`);
  });
}

/** floor((size + pads - dilated kernel) / stride) + 1 */
function windowCount(size: Dim, kernel: number, geometry: WindowGeometry, axis: number): Dim {
  const { stride, dilation, padBegin, padEnd } = axisGeometry(geometry, axis);
  const room = addDims(size, padBegin + padEnd - dilation * (kernel - 1) - 1);
  return addDims(floorDivide(room, stride), 1);
}

/** Gemm's C broadcasts to the product, never the product to it. */
function requireAddend(call: OperatorCall, product: readonly Dim[]): void {
  const shape = call.inputs[2]?.shape ?? [];
  const fits = shape.every((dim, axis) => dim === 1 || sameDim(dim, product.at(axis - shape.length) as Dim));
  if (shape.length > 2 || !fits) call.fail(`input 2 does not broadcast to ${shapeText(product)}`);
}

function transposedIf(shape: readonly Dim[], flag: number | undefined): readonly (Dim | undefined)[] {
  return flag ? [shape[1], shape[0]] : [shape[0], shape[1]];
}

function broadcastBatch(call: OperatorCall, left: readonly Dim[], right: readonly Dim[]): readonly Dim[] {
  if (left.length === 0 || sameShape(left, right)) return right;
  if (right.length === 0) return left;
  if (left.length !== right.length) call.fail('batch axes must agree, or one input must be a matrix');
  return left.map((dim, axis) => {
    const other = right[axis] as Dim;
    if (dim === 1) return other;
    if (other !== 1 && !sameDim(dim, other)) call.fail('batch axes do not broadcast');
    return dim;
  });
}
