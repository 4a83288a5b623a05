import { describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { normals } from '../../testing/samples.ts';
import { normalDivergence } from './normal-divergence.ts';

async function divergence(mean: Tensor, logVariance: Tensor): Promise<number> {
  const g = new GraphBuilder('divergence');
  const inputs = [
    g.input('mean', 'float32', mean.dims),
    g.input('logVariance', 'float32', mean.dims),
  ] as const;
  const graph = g.build([normalDivergence(g, ...inputs)]);
  return toNumbers(await evaluateOne(graph, { mean, logVariance }))[0] as number;
}

describe('normalDivergence', () => {
  it('is 0 for the standard normal distribution', async () => {
    const zeros = float32([2, 3], new Float32Array(6));
    expect(await divergence(zeros, zeros)).toBeCloseTo(0, 12);
  });

  it('is summed over a code and averaged over pictures', async () => {
    // For N(mu, sigma^2): (mu^2 + sigma^2 - 1 - log sigma^2) / 2.
    const [mean, logVariance] = [float32([2, 2], [1, 2, 0, 0]), float32([2, 2], [0, 0, Math.log(4), 0])];
    const expected = ((1 + 4) / 2 + (4 - 1 - Math.log(4)) / 2) / 2;
    expect(await divergence(mean, logVariance)).toBeCloseTo(expected, 5);
  });

  it('has the gradient of what it computes', async () => {
    await gradcheck({
      inputs: [normals([2, 3], 'mean'), normals([2, 3], 'logVariance')],
      build: (g, [mean, logVariance]) => normalDivergence(g, mean as Value, logVariance as Value),
      form: 'smooth',
    });
  });
});
