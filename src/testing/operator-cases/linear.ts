import type { Value } from '../../onnx/ir.ts';
import type { CaseOf, Draw } from './draw.ts';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  /** Spatial sizes in which at least one window fits. */
  readonly spatial: readonly number[];
}

function windowOf(draw: Draw, axes: number): Window {
  const kernel = draw.integers(axes, 1, 3);
  const dilations = draw.integers(axes, 1, 2);
  const pads = [...kernel, ...kernel].map((size) => draw.integer(0, size - 1));
  const spatial = kernel.map((size, axis) => (dilations[axis] as number) * (size - 1) + draw.integer(1, 6));
  return { kernel, strides: draw.integers(axes, 1, 3), dilations, pads, spatial };
}

const spatialAxes = (axes: number) => Array.from({ length: axes }, (_, axis) => axis + 2);

export const linearCases = {
  MatMul: (draw) => {
    const [rows, inner, columns] = draw.integers(3, 1, 5) as [number, number, number];
    const batch = draw.shape(0, 2);
    const matrix = draw.boolean();
    return {
      inputs: [draw.floats([...batch, rows, inner]), draw.floats([...(matrix ? [] : batch), inner, columns])],
      build: (g, [a, b]) => [g.MatMul(a as Value, b as Value)],
      free: 'all',
    };
  },
  Gemm: (draw) => {
    const [rows, inner, columns] = draw.integers(3, 1, 5) as [number, number, number];
    const [transA, transB] = draw.integers(2, 0, 1) as [number, number];
    const a = transA ? [inner, rows] : [rows, inner];
    const b = transB ? [columns, inner] : [inner, columns];
    return {
      inputs: [draw.floats(a), draw.floats(b), draw.floats(draw.broadcastable([rows, columns]))],
      build: (g, [x, y, c]) => [g.Gemm(x as Value, y as Value, c, { alpha: 0.5, beta: 2, transA, transB })],
      free: 'all',
    };
  },
  Conv: (draw) => {
    const { kernel, strides, dilations, pads, spatial } = windowOf(draw, draw.integer(1, 2));
    const group = draw.integer(1, 2);
    const [read, written] = draw.integers(2, 1, 3) as [number, number];
    const bias = draw.boolean() ? [draw.floats([written * group])] : [];
    return {
      inputs: [
        draw.floats([2, read * group, ...spatial]),
        draw.floats([written * group, read, ...kernel]),
        ...bias,
      ],
      build: (g, [x, w, b]) => [g.Conv(x as Value, w as Value, b, { strides, dilations, pads, group })],
      free: [0, ...spatialAxes(kernel.length)],
    };
  },
  ConvTranspose: (draw) => {
    const { kernel, strides, dilations, pads, spatial } = windowOf(draw, draw.integer(1, 2));
    const group = draw.integer(1, 2);
    const [read, written] = draw.integers(2, 1, 3) as [number, number];
    const output_padding = strides.map((stride) => draw.integer(0, stride - 1));
    const attributes = { strides, dilations, pads, group, output_padding };
    return {
      inputs: [draw.floats([2, read * group, ...spatial]), draw.floats([read * group, written, ...kernel])],
      build: (g, [x, w]) => [g.ConvTranspose(x as Value, w as Value, undefined, attributes)],
      free: [0, ...spatialAxes(kernel.length)],
    };
  },
  AveragePool: (draw) => {
    const { kernel, strides, dilations, pads, spatial } = windowOf(draw, draw.integer(1, 2));
    const attributes = {
      kernel_shape: kernel,
      strides,
      dilations,
      pads,
      count_include_pad: draw.integer(0, 1),
    };
    return {
      inputs: [draw.floats([...draw.integers(2, 1, 3), ...spatial])],
      build: (g, [x]) => [g.AveragePool(x as Value, attributes)],
      free: 'all',
    };
  },
  MaxPool: (draw) => {
    const { kernel, strides, dilations, pads, spatial } = windowOf(draw, draw.integer(1, 2));
    return {
      inputs: [draw.floats([...draw.integers(2, 1, 3), ...spatial])],
      build: (g, [x]) => g.MaxPool(x as Value, { kernel_shape: kernel, strides, dilations, pads }),
      free: 'all',
    };
  },
  GlobalAveragePool: (draw) => ({
    inputs: [draw.floats(draw.shape(3, 4))],
    build: (g, [x]) => [g.GlobalAveragePool(x as Value)],
    free: 'all',
  }),
  Resize: (draw) => {
    const dims = draw.shape(4, 4);
    const mode = draw.oneOf('nearest', 'linear');
    const coordinate_transformation_mode = draw.oneOf('asymmetric', 'half_pixel', 'align_corners');
    const sizes = [...dims.slice(0, 2), ...draw.integers(2, 1, 7)];
    return {
      inputs: [draw.floats(dims)],
      build: (g, [x]) => [g.Resize(x as Value, sizes, { mode, coordinate_transformation_mode })],
      free: [],
    };
  },
} as const satisfies Readonly<Record<string, CaseOf>>;
