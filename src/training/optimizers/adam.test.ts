import { describe, expect, it } from 'vitest';
import { float32, scalar, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/index.ts';
import { expectClose } from '../../testing/close.ts';
import { normals } from '../../testing/samples.ts';
import { type AdamOptions, adamCorrections, adamUpdate } from './adam.ts';

const plain: AdamOptions = {
  learningRate: 0.02,
  beta1: 0.5,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decoupledDecay: false,
};

function updateGraph(options: AdamOptions, size: number) {
  const g = new GraphBuilder('adam');
  const vector = (name: string) => g.input(name, 'float32', [size]);
  const number = (name: string) => g.input(name, 'float32', []);
  const next = adamUpdate(
    g,
    { parameter: vector('parameter'), mean: vector('mean'), variance: vector('variance') },
    vector('gradient'),
    {
      learningRate: number('learningRate'),
      meanCorrection: number('meanCorrection'),
      deviationCorrection: number('deviationCorrection'),
    },
    options,
  );
  return g.build(
    (['parameter', 'mean', 'variance'] as const).map((name) => g.named(`next.${name}`, next[name])),
  );
}

/** Runs the graph for one gradient after the other; the learning rate of step t is rates[t - 1]. */
async function adamByGraph(
  options: AdamOptions,
  start: Tensor,
  gradients: readonly Tensor[],
  rates: readonly number[],
): Promise<Tensor> {
  const size = start.data.length;
  const session = await Session.create(serialize(updateGraph(options, size)), {
    provider: 'cpu',
    threads: 1,
  });
  const zero = float32([size], new Float32Array(size));
  let state = { parameter: start, mean: zero as Tensor, variance: zero as Tensor };
  for (const [index, gradient] of gradients.entries()) {
    const [mean, deviation] = adamCorrections(options, index + 1);
    const outputs = await session.run({
      ...state,
      gradient,
      learningRate: scalar(rates[index] as number),
      meanCorrection: scalar(mean),
      deviationCorrection: scalar(deviation),
    });
    state = {
      parameter: outputs['next.parameter'] as Tensor,
      mean: outputs['next.mean'] as Tensor,
      variance: outputs['next.variance'] as Tensor,
    };
  }
  await session.dispose();
  return state.parameter;
}

/** Algorithm 1 of Kingma and Ba for one number, in double precision; with decay as in algorithm 2 of Loshchilov and Hutter. */
function adamByHand(
  options: AdamOptions,
  start: number,
  gradients: readonly number[],
  rates: readonly number[],
) {
  const { beta1, beta2, epsilon, weightDecay, decoupledDecay } = options;
  let [theta, m, v] = [start, 0, 0];
  for (const [index, given] of gradients.entries()) {
    const [t, rate] = [index + 1, rates[index] as number];
    const gradient = decoupledDecay ? given : given + weightDecay * theta;
    m = beta1 * m + (1 - beta1) * gradient;
    v = beta2 * v + (1 - beta2) * gradient ** 2;
    const [meanHat, varianceHat] = [m / (1 - beta1 ** t), v / (1 - beta2 ** t)];
    if (decoupledDecay) theta -= rate * weightDecay * theta;
    theta -= (rate * meanHat) / (Math.sqrt(varianceHat) + epsilon);
  }
  return theta;
}

describe('adamUpdate', () => {
  it.each<[string, Partial<AdamOptions>]>([
    ['betas of the CUT family', {}],
    ['betas of the library', { beta1: 0.9, learningRate: 1e-3 }],
    ['an epsilon that counts', { epsilon: 0.3 }],
    ['L2 penalty', { weightDecay: 0.1 }],
    ['decoupled decay (AdamW)', { weightDecay: 0.1, decoupledDecay: true }],
  ])('is Adam over many steps: %s', async (_, changes) => {
    const options = { ...plain, ...changes };
    const start = normals([32], 'parameter');
    const gradients = Array.from({ length: 7 }, (_, step) => normals([32], 'gradient', step));
    const rates = gradients.map((_, step) => options.learningRate * (1 - step / 10));
    const expected = toNumbers(start).map((value, index) =>
      adamByHand(
        options,
        value,
        gradients.map((gradient) => gradient.data[index] as number),
        rates,
      ),
    );
    expectClose(await adamByGraph(options, start, gradients, rates), expected, { rtol: 2e-6, atol: 1e-7 });
  });

  it('moves by the learning rate in the first step, against the sign of the gradient', async () => {
    const gradient = float32([3], [1e-3, -50, 7]);
    const moved = await adamByGraph(plain, float32([3], [0, 0, 0]), [gradient], [0.02]);
    expectClose(moved, [-0.02, 0.02, -0.02], { rtol: 2e-5 });
  });

  it('leaves a parameter without gradient where it is, unless it decays', async () => {
    const [start, gradient] = [float32([1], [0.5]), float32([1], [0])];
    const decaying = { ...plain, weightDecay: 0.1, decoupledDecay: true };
    expect(toNumbers(await adamByGraph(plain, start, [gradient], [0.02]))).toEqual([0.5]);
    expectClose(await adamByGraph(decaying, start, [gradient], [0.02]), [0.5 * (1 - 0.02 * 0.1)]);
  });

  it('does nothing at learning rate 0', async () => {
    const [start, gradient] = [float32([1], [0.5]), float32([1], [3])];
    const decaying = { ...plain, weightDecay: 0.1, decoupledDecay: true };
    expect(toNumbers(await adamByGraph(decaying, start, [gradient], [0]))).toEqual([0.5]);
  });
});

it('corrects the moments for their start at zero', () => {
  expect(adamCorrections(plain, 1)).toEqual([0.5, Math.sqrt(1 - 0.999)]);
  expect(adamCorrections(plain, 3)).toEqual([1 - 0.5 ** 3, Math.sqrt(1 - 0.999 ** 3)]);
  expect(adamCorrections(plain, 1e6)).toEqual([1, 1]);
});
