import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { lossGradient } from '../../testing/loss-gradient.ts';
import { Scope } from '../scope.ts';
import { boundSource, describeNetwork } from '../sources.ts';
import { convolution } from './convolution.ts';

const filters = 3;
const inputs = 8;
const weights = {
  weight_orig: float32(
    [filters, 2, 2, 2],
    Array.from({ length: filters * inputs }, (_, i) => (((i * 7) % 11) - 5) / 8),
  ),
  bias: float32([filters], [0.1, -0.2, 0.3]),
  weight_u: float32([filters], [1 / 3, 2 / 3, 2 / 3]),
  weight_v: float32([inputs], new Array(inputs).fill(1 / Math.sqrt(inputs))),
};
const x = float32(
  [1, 2, 3, 3],
  Array.from({ length: 18 }, (_, i) => (((i * 5) % 13) - 6) / 6),
);

const layer = (scope: Scope, pictures: Value) =>
  convolution(scope, pictures, { filters, kernel: 2, spectralNorm: true });

/** Two passes, the second over half the picture; the loss is sum(i y1_i) + sum(y2^2). */
async function twoPasses(training: boolean): Promise<Record<'y1' | 'y2' | 'u' | 'v' | 'gradient', Tensor>> {
  const g = new GraphBuilder('test');
  const picture = g.input('x', 'float32', x.dims);
  const values = new Map<string, Value>(
    Object.entries(weights).map(([name, { dtype, dims }]) => [name, g.input(name, dtype, dims)]),
  );
  const current = new Map(values);
  const source = boundSource(values, (name, value) => current.set(name, value));
  const scope = new Scope(g, source, { training });
  const y1 = layer(scope, picture);
  const y2 = layer(scope, g.Mul(picture, 0.5));
  const places = g.constant(float32([1, 3, 2, 2], [...new Array(12).keys()]));
  const loss = g.Add(
    g.ReduceSum(g.Mul(y1, places), undefined, false),
    g.ReduceSum(g.Mul(y2, y2), undefined, false),
  );
  const gradient = lossGradient(g, loss, values.get('weight_orig') as Value);
  const wanted = {
    y1,
    y2,
    u: current.get('weight_u') as Value,
    v: current.get('weight_v') as Value,
    gradient,
  };
  const outputs = Object.values(wanted).map((value) => g.Identity(value));
  const results = await evaluate(g.build(outputs), { ...weights, x });
  const named = Object.keys(wanted).map((name, index) => [name, results[(outputs[index] as Value).name]]);
  return Object.fromEntries(named);
}

/** One step of the power iteration by its definition, in double precision. */
function iterate(u: readonly number[]): { u: number[]; v: number[] } {
  const w = (row: number, column: number) => weights.weight_orig.data[row * inputs + column] as number;
  const unit = (vector: number[]) => vector.map((value) => value / Math.hypot(...vector));
  const v = unit(
    Array.from({ length: inputs }, (_, column) =>
      u.reduce((sum, value, row) => sum + value * w(row, column), 0),
    ),
  );
  return { v, u: unit(u.map((_, row) => v.reduce((sum, value, column) => sum + value * w(row, column), 0))) };
}

/** Largest singular value, by enough steps of the iteration. */
function largestSingularValue(): number {
  let u = [1, 0, 0];
  let v: number[] = [];
  for (let step = 0; step < 200; step++) ({ u, v } = iterate(u));
  const rows = u.map((_, row) =>
    v.reduce(
      (sum, value, column) => sum + value * (weights.weight_orig.data[row * inputs + column] as number),
      0,
    ),
  );
  return Math.hypot(...rows);
}

describe('spectralNorm', () => {
  it('keeps what torch keeps, by its names', () => {
    const { parameters, buffers } = describeNetwork((scope) =>
      layer(scope, scope.graph.input('x', 'float32', x.dims)),
    );
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ['weight_orig', [3, 2, 2, 2]],
      ['bias', [3]],
    ]);
    expect(buffers.map(({ name, initial, fixed }) => [name, initial.dims, fixed])).toEqual([
      ['weight_u', [3], false],
      ['weight_v', [8], false],
    ]);
    for (const { initial } of buffers)
      expect(Math.hypot(...(initial.data as Float32Array))).toBeCloseTo(1, 6);
  });

  it('moves its vectors by one step of the power iteration a pass', async () => {
    const { u, v } = await twoPasses(true);
    const after = iterate(iterate([1 / 3, 2 / 3, 2 / 3]).u);
    expectClose(u, after.u);
    expectClose(v, after.v);
  });

  // torch 2, torch.nn.utils.spectral_norm(Conv2d(2, 3, 2)) with these weights and vectors.
  it('has the values and the gradient of torch', async () => {
    const { y1, y2, gradient } = await twoPasses(true);
    expectClose(
      y1,
      [
        0.620203972, 0.574303627, 1.278108954, -0.557904959, 0.014201619, -0.659003437, 0.38140443,
        -0.092899181, 0.039898112, 0.927304804, 0.11639864, 1.00380528,
      ],
    );
    expectClose(
      y2,
      [
        0.358841062, 0.336002111, 0.68619895, -0.227357835, -0.09341839, -0.428389162, 0.089292981,
        -0.146709219, 0.170579463, 0.612131894, 0.20864433, 0.650196731,
      ],
    );
    expectClose(
      gradient,
      [
        0.947134376, 1.00936687, 0.848814845, 1.90798831, -1.913253784, -1.466631174, -1.47631216,
        -2.133174896, -0.713599682, 3.469987869, 0.704756737, 5.184366226, -3.538524151, -2.291996956,
        -3.888900518, -7.090560913, -6.92919445, 10.306598663, -0.235453546, 7.277604103, -2.372252703,
        -5.63752079, -6.629291058, -11.943588257,
      ],
      { rtol: 2e-5 },
    );
  });

  it('takes its vectors as they are outside of training', async () => {
    const { y1, u, v } = await twoPasses(false);
    expectClose(u, weights.weight_u);
    expectClose(v, weights.weight_v);
    // sigma = u^T W v with the vectors above.
    const rows = [1 / 3, 2 / 3, 2 / 3].map((value, row) => {
      const sum = Array.from(
        { length: inputs },
        (_, column) => weights.weight_orig.data[row * inputs + column] as number,
      );
      return (value * sum.reduce((total, entry) => total + entry, 0)) / Math.sqrt(inputs);
    });
    const sigma = rows.reduce((total, value) => total + value, 0);
    const [kernel] = [weights.weight_orig.data.slice(0, inputs)];
    const window = [0, 1, 3, 4, 9, 10, 12, 13].map((at) => x.data[at] as number);
    const first = window.reduce((total, value, at) => total + value * (kernel[at] as number), 0);
    expect((y1.data as Float32Array)[0]).toBeCloseTo(first / sigma + 0.1, 4);
  });

  it('divides by what comes close to the largest singular value', async () => {
    const { u, v } = await twoPasses(true);
    const product = [...(u.data as Float32Array)].map((value, row) =>
      [...(v.data as Float32Array)].reduce(
        (sum, other, column) =>
          sum + value * other * (weights.weight_orig.data[row * inputs + column] as number),
        0,
      ),
    );
    const estimate = product.reduce((total, value) => total + value, 0);
    const largest = largestSingularValue();
    expect(estimate).toBeLessThanOrEqual(largest + 1e-6);
    expect(estimate).toBeGreaterThan(0.98 * largest);
  });
});
