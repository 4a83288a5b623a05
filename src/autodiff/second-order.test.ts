import { describe, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { type GradientCase, gradcheck, gradientOf } from '../testing/gradcheck.ts';
import { normals } from '../testing/samples.ts';
import { gradients } from './backward.ts';

type Activation = (g: GraphBuilder, x: Value) => Value;
const leakyRelu: Activation = (g, x) => g.LeakyRelu(x, { alpha: 0.2 });
const silu: Activation = (g, x) => g.Mul(x, g.Sigmoid(x));

const total = (g: GraphBuilder, x: Value) => g.ReduceSum(x, undefined, false);

/** A strided convolution, instance norm, activation, and a convolution to one channel: [2, 2, 6, 6] to [2, 1, 2, 2]. */
function discriminator(g: GraphBuilder, activation: Activation, [x, w1, w2]: readonly Value[]): Value {
  const features = g.Conv(x as Value, w1 as Value, undefined, { strides: [2, 2], pads: [1, 1, 1, 1] });
  const normalised = g.InstanceNormalization(
    features,
    g.constant(float32([3], [1, 1, 1])),
    g.constant(float32([3], [0, 0, 0])),
  );
  return g.Conv(activation(g, normalised), w2 as Value);
}

const inputs = [normals([2, 2, 6, 6], 'x'), normals([3, 2, 4, 4], 'w1'), normals([1, 3, 2, 2], 'w2')];

/** |d sum D(x) / dx|^2 / N (Mescheder et al. 2018). */
const penalty = (activation: Activation, step: number): GradientCase => ({
  inputs,
  build: (g, values) => {
    const [slope] = gradients(g, total(g, discriminator(g, activation, values)), [values[0] as Value]) as [
      Value,
    ];
    return g.Mul(total(g, g.Mul(slope, slope)), 0.5);
  },
  form: 'smooth',
  step,
});

describe('R1 penalty of a discriminator by pictures and weights', () => {
  it('with a smooth activation', () => gradcheck(penalty(silu, 0.04)));

  // The penalty jumps where an activation changes its sign: the step is so small that here none does.
  it('with LeakyRelu', () => gradcheck(penalty(leakyRelu, 0.01)));
});

describe('energy guidance', () => {
  /** Mean cosine similarity of the features of x and of a reference at each place (EGSDE, Zhao et al. 2022, section 3.3). */
  const energy: GradientCase = {
    inputs: [normals([1, 2, 5, 5], 'x'), normals([4, 2, 3, 3], 'w1'), normals([4, 4, 3, 3], 'w2')],
    build: (g, [x, w1, w2]) => {
      const features = (pictures: Value) => {
        const first = g.Tanh(g.Conv(pictures, w1 as Value, undefined, { pads: [1, 1, 1, 1] }));
        return g.Conv(g.Pad(first, [0, 0, 1, 1, 0, 0, 1, 1], 'reflect'), w2 as Value, undefined, {
          strides: [2, 2],
        });
      };
      return cosine(g, features(x as Value), features(g.constant(normals([1, 2, 5, 5], 'reference'))));
    },
    form: 'smooth',
    step: 0.04,
  };

  it('has a right gradient', () => gradcheck(energy));
  it('has a right gradient of that gradient', () => gradcheck(gradientOf(energy)));
});

/** Over channels, then the mean over places. */
function cosine(g: GraphBuilder, a: Value, b: Value): Value {
  const dot = g.ReduceSum(g.Mul(a, b), [1]);
  const norms = g.Sqrt(g.Mul(g.ReduceSum(g.Mul(a, a), [1]), g.ReduceSum(g.Mul(b, b), [1])));
  return g.ReduceMean(g.Div(dot, norms));
}

it('attention and layer normalisation have right second derivatives together', async () => {
  await gradcheck(
    gradientOf({
      inputs: [normals([2, 3, 4], 'tokens'), normals([4, 4], 'projection')],
      build: (g, [tokens, projection]) => {
        const ones = g.constant(float32([4], [1, 1, 1, 1]));
        const [x] = g.LayerNormalization(tokens as Value, ones, undefined, { axis: -1 });
        const query = g.MatMul(x, projection as Value);
        const scores = g.Softmax(g.Mul(g.MatMul(query, g.Transpose(x, [0, 2, 1])), 0.5), -1);
        return g.Add(tokens as Value, g.MatMul(scores, x));
      },
      form: 'smooth',
      step: 0.04,
    }),
  );
});
