import type { NoiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { atTimes } from './at-times.ts';

/** What a network gives for noised pictures [N, C, H, W]. */
export interface Prediction {
  /** The noise in them, of their shape. */
  readonly noise: Value;
  /** v of Nichol and Dhariwal 2021, equation 15, between -1 for the least variance and 1 for the greatest. */
  readonly variance: Value;
}

/** A network's distribution of x_(t-1), and its idea of x_0. */
export interface ReverseStep {
  readonly mean: Value;
  readonly logVariance: Value;
  readonly clean: Value;
}

/** The output of a network with twice the channels of the pictures, in its two halves. */
export function splitPrediction(g: GraphBuilder, output: Value, channels: number): Prediction {
  const [noise, variance] = g.Split(output, [channels, channels], 1) as [Value, Value];
  return { noise, variance };
}

/**
 * p(x_(t-1) | x_t) (Ho et al. 2020, equations 7 and 11) with a learned variance (Nichol and Dhariwal 2021, equation 15).
 * @param clip holds x_0 within -1..1, as when pictures are sampled
 */
export function reverseStep(
  g: GraphBuilder,
  noisy: Value,
  times: Value,
  { noise, variance }: Prediction,
  schedule: NoiseSchedule,
  clip: boolean,
): ReverseStep {
  const at = (values: Float64Array) => atTimes(g, values, times);
  const predicted = g.Sub(
    g.Mul(noisy, at(schedule.alphaBar.map((kept) => Math.sqrt(1 / kept)))),
    g.Mul(noise, at(schedule.alphaBar.map((kept) => Math.sqrt(1 / kept - 1)))),
  );
  const clean = clip ? g.Clip(predicted, -1, 1) : predicted;
  const greatest = g.Mul(g.Div(g.Add(variance, 1), 2), at(schedule.betas.map(Math.log)));
  const least = g.Mul(g.Div(g.Sub(1, variance), 2), at(schedule.posteriorLogVariance));
  return {
    mean: posteriorMean(g, clean, noisy, times, schedule),
    logVariance: g.Add(greatest, least),
    clean,
  };
}

/** Mean of q(x_(t-1) | x_t, x_0) (Ho et al. 2020, equation 7). */
export function posteriorMean(
  g: GraphBuilder,
  clean: Value,
  noisy: Value,
  times: Value,
  { posteriorMeanOfClean, posteriorMeanOfNoisy }: NoiseSchedule,
): Value {
  const ofClean = g.Mul(clean, atTimes(g, posteriorMeanOfClean, times));
  return g.Add(ofClean, g.Mul(noisy, atTimes(g, posteriorMeanOfNoisy, times)));
}
