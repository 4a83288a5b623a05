import { elementCount, float32 } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { repeat } from '../repeat.ts';
import type { CaseOf } from './draw.ts';

export const movementCases = {
  Shape: (draw) => ({
    inputs: [draw.floats(draw.shape(0, 4))],
    build: (g, [x]) => [g.Shape(x as Value)],
    free: 'all',
  }),
  Reshape: (draw) => {
    const dims = draw.shape(1, 4);
    const at = draw.integer(0, dims.length - 1);
    const merged = [...dims.slice(0, at), -1];
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Reshape(x as Value, merged)], free: [] };
  },
  Unsqueeze: (draw) => {
    const dims = draw.shape(0, 3);
    const axes = draw.axes(dims.length + 2).slice(0, 2);
    const shape = axes.length === 2 ? axes : [0];
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Unsqueeze(x as Value, shape)], free: 'all' };
  },
  Squeeze: (draw) => {
    const dims = [...draw.shape(0, 2), 1, ...draw.shape(0, 2), 1];
    const at = dims.indexOf(1);
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Squeeze(x as Value, [-1, at])], free: 'all' };
  },
  Transpose: (draw) => {
    const dims = draw.shape(1, 4);
    const perm = draw.axes(dims.length, dims.length);
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Transpose(x as Value, perm)], free: 'all' };
  },
  Expand: (draw) => {
    const wide = draw.shape(0, 4);
    const from = draw.broadcastable(wide);
    const asked = wide.map((size, axis) =>
      size === from[axis - wide.length + from.length] && draw.boolean() ? 1 : size,
    );
    return { inputs: [draw.floats(from)], build: (g, [x]) => [g.Expand(x as Value, asked)], free: [] };
  },
  Concat: (draw) => {
    const dims = draw.shape(1, 4);
    const axis = draw.axis(dims.length);
    const lengths = draw.integers(draw.integer(1, 3), 1, 4);
    return {
      inputs: lengths.map((length) => draw.floats(dims.with(axis, length))),
      build: (g, inputs) => [g.Concat(inputs, axis)],
      free: 'all',
    };
  },
  Split: (draw) => {
    const sizes = draw.integers(draw.integer(1, 3), 1, 3);
    const dims = draw.shape(1, 3);
    const axis = draw.axis(dims.length);
    const total = sizes.reduce((sum, size) => sum + size);
    return {
      inputs: [draw.floats(dims.with(axis, total))],
      build: (g, [x]) => g.Split(x as Value, sizes, axis),
      free: dims.map((_, index) => index).filter((index) => index !== (axis + dims.length) % dims.length),
    };
  },
  Slice: (draw) => {
    const dims = draw.shape(1, 4);
    const axes = draw.axes(dims.length, 1);
    const starts = axes.map(() => draw.integer(-6, 6));
    const steps = axes.map(() => draw.oneOf(-2, -1, 1, 2, 3));
    const ends = steps.map((step) => draw.oneOf(draw.integer(-6, 6), step > 0 ? 2 ** 31 - 1 : -(2 ** 31)));
    const range = { starts, ends, axes, steps };
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Slice(x as Value, range)], free: [] };
  },
  Pad: (draw) => {
    const dims = draw.integers(draw.integer(1, 4), 3, 5);
    const pads = draw.integers(2 * dims.length, 0, 2);
    const mode = draw.oneOf('constant', 'reflect', 'edge');
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Pad(x as Value, pads, mode)], free: 'all' };
  },
  Tile: (draw) => {
    const dims = draw.shape(1, 3);
    const repeats = draw.integers(dims.length, 1, 3);
    return { inputs: [draw.floats(dims)], build: (g, [x]) => [g.Tile(x as Value, repeats)], free: 'all' };
  },
  DepthToSpace: (draw) => {
    const [batch, channels, height, width] = draw.integers(4, 1, 3) as [number, number, number, number];
    const attributes = { blocksize: 2, mode: draw.oneOf('DCR', 'CRD') };
    return {
      inputs: [draw.floats([batch, 4 * channels, height, width])],
      build: (g, [x]) => [g.DepthToSpace(x as Value, attributes)],
      free: [0, 2, 3],
    };
  },
  SpaceToDepth: (draw) => {
    const [batch, channels, height, width] = draw.integers(4, 1, 3) as [number, number, number, number];
    return {
      inputs: [draw.floats([batch, channels, 2 * height, 2 * width])],
      build: (g, [x]) => [g.SpaceToDepth(x as Value, { blocksize: 2 })],
      free: 'all',
    };
  },
  ConstantOfShape: (draw) => ({
    inputs: [draw.floats(draw.shape(0, 4))],
    build: (g, [x]) => [g.ConstantOfShape(g.Shape(x as Value), float32([1], [3]))],
    free: 'all',
  }),
  /** Carries one value and collects a scan output that reads a value of the outer graph. */
  Loop: (draw) => {
    const dims = draw.shape(0, 3);
    const trips = draw.integer(1, 3);
    return {
      inputs: [draw.floats(dims), draw.floats([elementCount(dims), 2])],
      build: (g, [x, other]) =>
        repeat(g, trips, [x as Value], (b, [state], iteration) => {
          const scaled = b.Mul(other as Value, b.Cast(iteration, 'float32'));
          return [b.Add(state as Value, x as Value), scaled];
        }),
      free: 'all',
    };
  },
} as const satisfies Readonly<Record<string, CaseOf>>;
