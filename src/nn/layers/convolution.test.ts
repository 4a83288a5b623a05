import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { elementCount, float32, type Tensor } from '../../core/tensor.ts';
import { type shapeText, symbol } from '../../onnx/dimension.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { describeNetwork } from '../sources.ts';
import {
  type ConvolutionOptions,
  convolution,
  type TransposedConvolutionOptions,
  transposedConvolution,
} from './convolution.ts';

type Floats = Tensor<'float32'>;

const random = Random.of(11);

function randomTensor(...dims: number[]): Floats {
  return float32(
    dims,
    random.fill(elementCount(dims), (stream) => stream.normal()),
  );
}

/** Reads [n, c, y, x] of a picture. */
function at({ dims, data }: Floats, n: number, c: number, y: number, x: number): number {
  const [, channels, height, width] = dims as [number, number, number, number];
  return data[((n * channels + c) * height + y) * width + x] as number;
}

/** Where a position beside the picture is read from; undefined reads as 0. */
function source(position: number, size: number, mode: string): number | undefined {
  if (position >= 0 && position < size) return position;
  if (mode === 'zero') return undefined;
  if (mode === 'edge') return position < 0 ? 0 : size - 1;
  return position < 0 ? -position : 2 * (size - 1) - position;
}

/** The definition of the convolution, one output value at a time. */
function directConvolution(x: Floats, w: Floats, b: Floats, options: ConvolutionOptions): Floats {
  const { kernel, stride = 1, dilation = 1, groups = 1, padding = 0, paddingMode = 'zero' } = options;
  const [top, left, bottom, right] =
    typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  const [batch, , height, width] = x.dims as [number, number, number, number];
  const [filters, inGroup] = w.dims as [number, number];
  const count = (size: number, pads: number) =>
    Math.floor((size + pads - dilation * (kernel - 1) - 1) / stride) + 1;
  const dims = [batch, filters, count(height, top + bottom), count(width, left + right)];
  const values: number[] = [];
  for (const [n, f, y, c] of places(dims)) {
    let sum = b.data[f] as number;
    const firstChannel = Math.floor(f / (filters / groups)) * inGroup;
    for (const [i, ky, kx] of places([inGroup, kernel, kernel])) {
      const sourceY = source(y * stride + ky * dilation - top, height, paddingMode);
      const sourceX = source(c * stride + kx * dilation - left, width, paddingMode);
      if (sourceY === undefined || sourceX === undefined) continue;
      sum += at(w, f, i, ky, kx) * at(x, n, firstChannel + i, sourceY, sourceX);
    }
    values.push(sum);
  }
  return float32(dims, values);
}

/** Every input value paints the kernel onto the output. */
function directTransposed(x: Floats, w: Floats, b: Floats, options: TransposedConvolutionOptions): Floats {
  const { kernel, stride = 1, dilation = 1, groups = 1, padding = 0, outputPadding = 0 } = options;
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const outGroup = w.dims[1] as number;
  const count = (size: number) =>
    (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1;
  const dims = [batch, outGroup * groups, count(height), count(width)] as const;
  const values = Float32Array.from(places(dims), ([, f]) => b.data[f] as number);
  for (const [n, c, y, left] of places([batch, channels, height, width])) {
    for (const [o, ky, kx] of places([outGroup, kernel, kernel])) {
      const filter = Math.floor(c / (channels / groups)) * outGroup + o;
      const [row, column] = [y * stride + ky * dilation - padding, left * stride + kx * dilation - padding];
      if (row < 0 || row >= dims[2] || column < 0 || column >= dims[3]) continue;
      const index = ((n * dims[1] + filter) * dims[2] + row) * dims[3] + column;
      values[index] = (values[index] as number) + at(w, c, o, ky, kx) * at(x, n, c, y, left);
    }
  }
  return float32(dims, values);
}

type Place = [number, number, number, number];

/** Every index of a shape, row-major. */
function places(dims: readonly number[]): Place[] {
  return dims.reduce<number[][]>(
    (prefixes, size) =>
      prefixes.flatMap((prefix) => Array.from({ length: size }, (_, index) => [...prefix, index])),
    [[]],
  ) as Place[];
}

const cases: readonly ConvolutionOptions[] = [
  { filters: 3, kernel: 3 },
  { filters: 3, kernel: 3, padding: 1, stride: 2 },
  { filters: 2, kernel: 3, padding: 2, dilation: 2 },
  { filters: 4, kernel: 3, padding: 1, groups: 2 },
  { filters: 2, kernel: 3, padding: 2, paddingMode: 'reflect' },
  { filters: 2, kernel: 4, padding: 1, paddingMode: 'edge', stride: 2 },
  { filters: 2, kernel: 3, padding: [0, 0, 1, 1], stride: 2 },
  { filters: 2, kernel: 3, padding: [0, 1, 2, 0], paddingMode: 'reflect' },
];

const transposedCases: readonly TransposedConvolutionOptions[] = [
  { filters: 3, kernel: 3, stride: 2, padding: 1, outputPadding: 1 },
  { filters: 2, kernel: 4, stride: 2, padding: 1 },
  { filters: 4, kernel: 3, groups: 2, dilation: 2 },
];

describe('convolution', () => {
  it.each(cases)('agrees with its definition: %j', async (options) => {
    const x = randomTensor(2, 4, 6, 7);
    const w = randomTensor(options.filters, 4 / (options.groups ?? 1), options.kernel, options.kernel);
    const b = randomTensor(options.filters);
    const weights = new Map([
      ['weight', w],
      ['bias', b],
    ]);
    const graph = networkGraph('test', weights, { x: { dtype: 'float32', shape: x.dims } }, (scope, value) =>
      convolution(scope, value, options),
    );
    expectClose(await evaluateOne(graph, { x }), directConvolution(x, w, b, options), { atol: 1e-5 });
  });

  it('has no bias when asked so, and counts fans as torch does', () => {
    const state = describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [1, 4, 8, 8]);
      convolution(scope.child(0), x, { filters: 6, kernel: 3, groups: 2, bias: false });
      transposedConvolution(scope.child(1), x, { filters: 6, kernel: 3, bias: false });
    });
    expect(state.parameters).toEqual([
      { name: '0.weight', shape: [6, 2, 3, 3], role: 'convolution-weight', fanIn: 18, fanOut: 54 },
      { name: '1.weight', shape: [4, 6, 3, 3], role: 'convolution-weight', fanIn: 54, fanOut: 36 },
    ]);
  });

  it('refuses groups that do not divide the channels, and channels that are not known', () => {
    const build = (channels: Parameters<typeof shapeText>[0][number], groups: number) =>
      describeNetwork((scope) =>
        convolution(scope, scope.graph.input('x', 'float32', [1, channels, 8, 8]), {
          filters: 6,
          kernel: 3,
          groups,
        }),
      );
    expect(() => build(4, 3)).toThrow(/3 groups must divide the 4 input channels/);
    expect(() => build(symbol('C'), 1)).toThrow(/axis 1 of its input x, which is float32\[1, C, 8, 8\]/);
  });

  it('refuses half a pixel of padding', () => {
    const build = () =>
      describeNetwork((scope) =>
        convolution(scope, scope.graph.input('x', 'float32', [1, 4, 8, 8]), {
          filters: 6,
          kernel: 3,
          padding: 0.5,
        }),
      );
    expect(build).toThrow(/whole pixels from 0, got 0.5/);
  });
});

describe('transposedConvolution', () => {
  it.each(transposedCases)('agrees with its definition: %j', async (options) => {
    const x = randomTensor(2, 4, 3, 5);
    const w = randomTensor(4, options.filters / (options.groups ?? 1), options.kernel, options.kernel);
    const b = randomTensor(options.filters);
    const weights = new Map([
      ['weight', w],
      ['bias', b],
    ]);
    const graph = networkGraph('test', weights, { x: { dtype: 'float32', shape: x.dims } }, (scope, value) =>
      transposedConvolution(scope, value, options),
    );
    expectClose(await evaluateOne(graph, { x }), directTransposed(x, w, b, options), { atol: 1e-5 });
  });
});
