import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { type Dim, symbol } from '../onnx/dimension.ts';
import type { Value } from '../onnx/ir.ts';
import { expectClose } from '../testing/close.ts';
import { evaluate } from '../testing/evaluate.ts';
import { distinct, normals } from '../testing/samples.ts';
import { gradients } from './backward.ts';

/** Channels, height and width of every picture. */
const picture = [4, 6, 6];
type Network = (g: GraphBuilder, x: Value) => Value;

/** d sum(y^2) / dx of a network for pictures [batch, 4, 6, 6]. */
function inputGradient(network: Network, batch: Dim) {
  const g = new GraphBuilder('guidance');
  const x = g.input('x', 'float32', [batch, ...picture]);
  const y = network(g, x);
  const [slope] = gradients(g, g.ReduceSum(g.Mul(y, y), undefined, false), [x]) as [Value];
  expect(slope.shape).toEqual(x.shape);
  return g.build({ slope });
}

async function expectSameGradient(network: Network): Promise<void> {
  const symbolic = inputGradient(network, symbol('N'));
  for (const batch of [1, 3]) {
    const x = distinct([batch, ...picture], 'pictures');
    const expected = await evaluate(inputGradient(network, batch), { x });
    const actual = await evaluate(symbolic, { x });
    expect((expected.slope as Tensor).data.some((value) => value !== 0)).toBe(true);
    expectClose(actual.slope as Tensor, expected.slope as Tensor, { rtol: 1e-5, atol: 1e-5 });
  }
}

const weight = (g: GraphBuilder, dims: readonly number[]) => g.constant(normals(dims, 'weight', dims.join()));
const filled = (g: GraphBuilder, dims: readonly number[], value: number) =>
  g.constant(float32(dims, new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(value)));

/** The sizes of x with another height and width. */
const sizesOf = (g: GraphBuilder, x: Value, height: number, width: number) => {
  const planes = g.Slice(g.Shape(x), { starts: [0], ends: [2], axes: [0] });
  return g.Concat([planes, g.integers([height, width])], 0);
};

const networks: Readonly<Record<string, Network>> = {
  'convolution, stride 1': (g, x) => g.Conv(x, weight(g, [5, 4, 3, 3]), undefined, { pads: [1, 1, 1, 1] }),
  'convolution, stride 2': (g, x) =>
    g.Conv(x, weight(g, [5, 4, 3, 3]), undefined, { strides: [2, 2], pads: [1, 1, 1, 1] }),
  'depthwise convolution': (g, x) =>
    g.Conv(x, weight(g, [4, 1, 3, 3]), undefined, { strides: [2, 2], group: 4 }),
  'transposed convolution': (g, x) =>
    g.ConvTranspose(x, weight(g, [4, 3, 4, 4]), undefined, { strides: [2, 2], pads: [1, 1, 1, 1] }),
  'instance normalisation': (g, x) => g.InstanceNormalization(x, weight(g, [4]), weight(g, [4])),
  'group normalisation': (g, x) => {
    const grouped = g.Reshape(x, [0, 2, -1]);
    const normalised = g.InstanceNormalization(grouped, filled(g, [2], 1), filled(g, [2], 0));
    return g.Mul(g.Reshape(normalised, g.Shape(x)), weight(g, [4, 1, 1]));
  },
  'layer normalisation and its statistics': (g, x) => {
    const [y, mean, inverse] = g.LayerNormalization(x, weight(g, [6]), undefined, { axis: -1 });
    return g.Add(g.Mul(y, mean), inverse);
  },
  'attention over places': (g, x) => {
    const places = g.Reshape(x, [0, 4, -1]);
    const scores = g.Softmax(g.MatMul(g.Transpose(places, [0, 2, 1]), places), -1);
    return g.MatMul(places, g.Transpose(scores, [0, 2, 1]));
  },
  'product with a matrix': (g, x) => g.LogSoftmax(g.MatMul(x, weight(g, [6, 5])), 1),
  'matrix times pictures': (g, x) => g.MatMul(weight(g, [5, 6]), x),
  'Gemm over pooled features': (g, x) =>
    g.Gemm(g.Reshape(g.GlobalAveragePool(x), [-1, 4]), weight(g, [3, 4]), weight(g, [3]), { transB: 1 }),
  'nearest up': (g, x) =>
    g.Resize(x, sizesOf(g, x, 12, 12), {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    }),
  'bilinear down': (g, x) => g.Resize(x, sizesOf(g, x, 4, 3), { mode: 'linear' }),
  'average pool with padding': (g, x) =>
    g.AveragePool(x, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  'average pool of tiles': (g, x) => g.AveragePool(x, { kernel_shape: [2, 3], strides: [2, 3] }),
  'max pool': (g, x) => g.MaxPool(x, { kernel_shape: [2, 2], strides: [2, 2] })[0],
  'reflecting pad': (g, x) => g.Pad(x, [0, 0, 2, 3, 0, 0, 1, 3], 'reflect'),
  'edge pad': (g, x) => g.Pad(x, [0, 0, 2, 0, 0, 0, 1, 3], 'edge'),
  'zero pad': (g, x) => g.Pad(x, [0, 0, 2, -1, 0, 0, 1, 3]),
  'slice by steps': (g, x) => g.Slice(x, { starts: [-1, 0], ends: [-99, 5], axes: [2, 3], steps: [-2, 3] }),
  'split and concatenation': (g, x) => {
    const [left, , right] = g.Split(x, [1, 2, 1], 1) as [Value, Value, Value];
    return g.Concat([right, g.Sigmoid(left), x], 1);
  },
  'gathered rows': (g, x) => g.Gather(x, g.constant(int64([2, 2], [0, -1, 3, 3])), 2),
  'gathered elements of flat places': (g, x) =>
    g.Gather(g.Reshape(x, [0, 4, -1]), g.constant(int64([3], [5, 5, 30])), 2),
  'a single channel': (g, x) => g.Gather(x, g.scalar(2, 'int64'), 1),
  'depth to space': (g, x) => g.DepthToSpace(x, { blocksize: 2, mode: 'CRD' }),
  'space to depth': (g, x) => g.SpaceToDepth(x, { blocksize: 2 }),
  tiles: (g, x) => g.Tile(x, [1, 2, 1, 3]),
  'cumulated sum': (g, x) => g.CumSum(x, 2),
  'means and maxima': (g, x) => g.Mul(g.ReduceMean(x, [1, 2], false), g.ReduceMax(x, [1, 2], false)),
  'the mean of everything': (g, x) => g.ReduceMean(x),
  'statistics of the batch': (g, x) => g.Mul(x, g.Add(g.ReduceMean(x, [0]), weight(g, [4, 1, 1]))),
  'piecewise linear functions': (g, x) => g.Max(g.LeakyRelu(g.Relu(x), { alpha: 0.2 }), g.Clip(x, -1, 0.5)),
};

describe('gradients by pictures of an unknown number', () => {
  it.each(Object.entries(networks))('%s', (_, network) => expectSameGradient(network));

  it('a small network of the U-Net kind with attention', async () => {
    await expectSameGradient((g, x) => {
      const full = silu(g, groupNorm(g, conv(g, x, 8, 1)));
      const half = silu(g, groupNorm(g, conv(g, full, 8, 2)));
      const attended = g.Add(half, attention(g, half));
      const up = g.Resize(attended, sizesOf(g, attended, 6, 6), { mode: 'nearest' });
      return conv(g, g.Concat([up, full], 1), 3, 1);
    });
  });

  it('also twice', async () => {
    await expectSameGradient((g, x) => {
      const energy = g.ReduceSum(silu(g, groupNorm(g, conv(g, x, 4, 2))), undefined, false);
      return gradients(g, energy, [x])[0] as Value;
    });
  });

  it('the gradient of a kernel names the size that it has to know', () => {
    const g = new GraphBuilder('kernel');
    const x = g.input('x', 'float32', [symbol('N'), ...picture]);
    const w = g.input('w', 'float32', [4, 4, 3, 3]);
    expect(() => gradients(g, g.ReduceSum(g.Conv(x, w)), [w])).toThrow(
      /kernel needs known sizes.*\[N, 4, 6, 6\]/,
    );
  });
});

function conv(g: GraphBuilder, x: Value, filters: number, stride: number): Value {
  const channels = x.shape[1] as number;
  return g.Conv(x, weight(g, [filters, channels, 3, 3]), weight(g, [filters]), {
    strides: [stride, stride],
    pads: [1, 1, 1, 1],
  });
}

/** Two groups, as a layer normalisation of [N, 2, everything of the group]. */
function groupNorm(g: GraphBuilder, x: Value): Value {
  const [channels, height, width] = x.shape.slice(1) as [number, number, number];
  const size = (channels / 2) * height * width;
  const [normalised] = g.LayerNormalization(g.Reshape(x, [0, 2, size]), filled(g, [size], 1), undefined, {
    axis: -1,
  });
  return g.Mul(g.Reshape(normalised, g.Shape(x)), weight(g, [channels, 1, 1]));
}

function silu(g: GraphBuilder, x: Value): Value {
  return g.Mul(x, g.Sigmoid(x));
}

/** Single-headed, over the places of x [N, C, H, W]. */
function attention(g: GraphBuilder, x: Value): Value {
  const channels = x.shape[1] as number;
  const places = g.Transpose(g.Reshape(x, [0, channels, -1]), [0, 2, 1]);
  const [query, key, value] = g.Split(
    g.MatMul(places, weight(g, [channels, 3 * channels])),
    [channels, channels, channels],
    2,
  ) as [Value, Value, Value];
  const scores = g.Softmax(g.Div(g.MatMul(query, g.Transpose(key, [0, 2, 1])), Math.sqrt(channels)), -1);
  return g.Reshape(g.Transpose(g.MatMul(scores, value), [0, 2, 1]), g.Shape(x));
}
