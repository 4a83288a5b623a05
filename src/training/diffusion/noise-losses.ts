import type { NoiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { knownSize } from '../../nn/layers/channels.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { meanOfEach } from './each-picture.ts';
import type { Diffused } from './noised.ts';
import { reverseStep, splitPrediction } from './reverse-step.ts';
import { variationalBound } from './variational-bound.ts';

/** Mean squared error of the predicted noise (Ho et al. 2020, equation 14), for each picture: [N]. */
export function noiseError(g: GraphBuilder, predicted: Value, noise: Value): Value {
  const difference = g.Sub(predicted, noise);
  return meanOfEach(g, g.Mul(difference, difference));
}

/** For each picture, [N]. */
export interface HybridLoss {
  readonly noise: Value;
  /** The variational bound, which learns the variances alone. */
  readonly bound: Value;
  readonly total: Value;
}

export interface HybridLossOptions {
  readonly schedule: NoiseSchedule;
  /** Of the bound, beside the noise's 1: 1, or T / 1000 with rescaled losses (`rescale_learned_sigmas`). */
  readonly boundWeight: number;
}

/**
 * L_hybrid (Nichol and Dhariwal 2021, section 3.1): noise and variances are learned at once, the bound without moving
 * the mean.
 * @param output of the network for `noisy`, [N, 2 C, H, W]
 */
export function hybridLoss(
  g: GraphBuilder,
  { clean, noise, times }: Diffused,
  noisy: Value,
  output: Value,
  { schedule, boundWeight }: HybridLossOptions,
): HybridLoss {
  const predicted = splitPrediction(g, output, knownSize(clean, 1));
  const frozen = { ...predicted, noise: g.StopGradient(predicted.noise) };
  const step = reverseStep(g, noisy, times, frozen, schedule, false);
  const bound = g.Mul(variationalBound(g, { clean, noisy, times }, step, schedule), boundWeight);
  const error = noiseError(g, predicted.noise, noise);
  return { noise: error, bound, total: g.Add(error, bound) };
}
