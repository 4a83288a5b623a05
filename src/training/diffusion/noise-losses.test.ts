import { describe, expect, it } from 'vitest';
import { betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { float32, int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { lossGradient } from '../../testing/loss-gradient.ts';
import { normals, uniforms } from '../../testing/samples.ts';
import { type HybridLoss, hybridLoss, noiseError } from './noise-losses.ts';
import { noised } from './noised.ts';
import { reverseStep } from './reverse-step.ts';
import { variationalBound } from './variational-bound.ts';

const schedule = noiseSchedule(betasOf({ course: 'named-linear', steps: 1000 }));
const dims = [2, 3, 2, 2];

interface Given {
  readonly clean: Tensor;
  readonly noise: Tensor;
  readonly times: readonly number[];
  /** [N, 6, H, W]. */
  readonly output: Tensor;
}

/** The losses for given pictures, and their gradients by the output of the network. */
async function losses({ clean, noise, times, output }: Given) {
  const g = new GraphBuilder('losses');
  const pictures = {
    clean: g.constant(clean),
    noise: g.constant(noise),
    times: g.constant(int64([times.length], times)),
  };
  const predicted = g.input('output', 'float32', output.dims);
  const noisy = noised(g, pictures, schedule);
  const loss: HybridLoss = hybridLoss(g, pictures, noisy, predicted, { schedule, boundWeight: 0.5 });
  const total = (part: Value) => g.ReduceSum(part, undefined, false);
  const graph = g.build({
    ...loss,
    noisy,
    byNoise: lossGradient(g, total(loss.noise), predicted),
    byBound: lossGradient(g, total(loss.bound), predicted),
  });
  return (await evaluate(graph, { output })) as Record<
    'noise' | 'bound' | 'total' | 'noisy' | 'byNoise' | 'byBound',
    Tensor
  >;
}

/** Noise and variances side by side, channel by channel. */
function joined(noise: Tensor, variance: number): Tensor {
  const [count, channels, height, width] = noise.dims as [number, number, number, number];
  const half = channels * height * width;
  const values = Array.from({ length: count }, (_, picture) => [
    ...toNumbers(noise).slice(picture * half, (picture + 1) * half),
    ...new Array<number>(half).fill(variance),
  ]);
  return float32([count, 2 * channels, height, width], values.flat());
}

const clean = uniforms(dims, [-1, 1], 'clean');
const noise = normals(dims, 'noise');

describe('noised', () => {
  it('keeps sqrt(alphaBar) of a picture, each at its own time', async () => {
    const { noisy } = await losses({ clean, noise, times: [0, 999], output: joined(noise, 0) });
    const kept = (time: number) => schedule.alphaBar[time] as number;
    const expected = toNumbers(clean).map((value, at) => {
      const alphaBar = kept(at < 12 ? 0 : 999);
      return Math.sqrt(alphaBar) * value + Math.sqrt(1 - alphaBar) * (noise.data[at] as number);
    });
    expectClose(noisy, expected);
  });
});

describe('hybridLoss', () => {
  it('is nothing for the noise itself and the least variance, which are those of the true step', async () => {
    const { noise: error, bound } = await losses({
      clean,
      noise,
      times: [3, 700],
      output: joined(noise, -1),
    });
    expectClose(error, [0, 0]);
    expectClose(bound, [0, 0], { atol: 1e-5 });
  });

  it('counts in bits how far the variance is from the true one', async () => {
    const time = 5;
    const { bound } = await losses({ clean, noise, times: [time, time], output: joined(noise, 1) });
    const ratio = (schedule.posteriorVariance[time] as number) / (schedule.betas[time] as number);
    const bits = (0.5 * (ratio - 1 - Math.log(ratio))) / Math.LN2;
    expectClose(bound, [bits / 2, bits / 2], { rtol: 1e-3 });
  });

  it('moves the noise by its error alone, and the variance by the bound alone', async () => {
    const { byNoise, byBound, ...loss } = await losses({
      clean,
      noise,
      times: [0, 400],
      output: normals([2, 6, 2, 2], 'out'),
    });
    const moved = (gradient: Tensor) => toNumbers(gradient).map((slope) => slope !== 0);
    const first = Array.from({ length: 48 }, (_, at) => at % 24 < 12);
    expect(moved(byNoise)).toEqual(first);
    expect(moved(byBound)).toEqual(first.map((isNoise) => !isNoise));
    const sums = [0, 1].map((at) => (loss.noise.data[at] as number) + (loss.bound.data[at] as number));
    expectClose(loss.total, sums);
  });

  it('has the gradients of finite differences, at time 0 too', async () => {
    await gradcheck({
      inputs: [uniforms([2, 6, 2, 2], [-0.9, 0.9], 'output')],
      form: 'smooth',
      build: (g, [output]) => {
        const pictures = {
          clean: g.constant(clean),
          noise: g.constant(noise),
          times: g.constant(int64([2], [0, 30])),
        };
        const step = reverseStep(
          g,
          noised(g, pictures, schedule),
          pictures.times,
          {
            noise: pictures.noise,
            variance: g.Slice(output as Value, { starts: [3], ends: [6], axes: [1] }),
          },
          schedule,
          false,
        );
        const noisy = noised(g, pictures, schedule);
        return variationalBound(g, { clean: pictures.clean, noisy, times: pictures.times }, step, schedule);
      },
    });
  });
});

describe('variationalBound at time 0', () => {
  it('gives the 256 levels probabilities that add up to 1', async () => {
    const levels = float32(
      [256, 1, 1, 1],
      Array.from({ length: 256 }, (_, level) => level / 127.5 - 1),
    );
    const g = new GraphBuilder('levels');
    const constant = (value: number) => g.constant(float32([256, 1, 1, 1], new Array(256).fill(value)));
    const times = g.constant(int64([256], new Array(256).fill(0)));
    const step = { mean: constant(0.8), logVariance: constant(Math.log(0.1 ** 2)), clean: constant(0) };
    const bits = variationalBound(
      g,
      { clean: g.constant(levels), noisy: constant(0), times },
      step,
      schedule,
    );
    const { bits: found } = await evaluate(g.build({ bits }));
    const probabilities = toNumbers(found as Tensor).map((bit) => 2 ** -bit);
    expect(probabilities.reduce((sum, probability) => sum + probability)).toBeCloseTo(1, 4);
    expect(probabilities.indexOf(Math.max(...probabilities.slice(0, 255)))).toBe(229);
  });
});

describe('noiseError', () => {
  it('is the mean square of each picture', async () => {
    const g = new GraphBuilder('error');
    const [a, b] = [float32([2, 1, 1, 2], [1, 2, 0, 5]), float32([2, 1, 1, 2], [0, 0, 0, 1])];
    const { error } = await evaluate(g.build({ error: noiseError(g, g.constant(a), g.constant(b)) }));
    expectClose(error as Tensor, [2.5, 8]);
  });
});
