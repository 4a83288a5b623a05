import type { NoiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { atTimes } from './at-times.ts';
import { meanOfEach } from './each-picture.ts';
import { posteriorMean, type ReverseStep } from './reverse-step.ts';

/**
 * L_t of the variational bound (Ho et al. 2020, equation 5) for each picture, in bits for each number of it: how far the
 * step is from the true one, or at t = 0 how unlikely it makes the picture.
 * @param clean x_0, [N, C, H, W] of levels of 8 bits in -1..1
 * @param noisy x_t
 * @param times int64 [N]
 * @returns [N]
 */
export function variationalBound(
  g: GraphBuilder,
  { clean, noisy, times }: { readonly clean: Value; readonly noisy: Value; readonly times: Value },
  step: ReverseStep,
  schedule: NoiseSchedule,
): Value {
  const trueMean = posteriorMean(g, clean, noisy, times, schedule);
  const trueLogVariance = atTimes(g, schedule.posteriorLogVariance, times);
  const divergence = meanOfEach(g, gaussianDivergence(g, trueMean, trueLogVariance, step));
  const surprise = g.Neg(meanOfEach(g, logLikelihood(g, clean, step)));
  return g.Div(g.Where(g.Equal(times, 0), surprise, divergence), Math.LN2);
}

/** KL of two normal distributions, element by element. */
function gaussianDivergence(g: GraphBuilder, mean: Value, logVariance: Value, other: ReverseStep): Value {
  const difference = g.Sub(mean, other.mean);
  const ratio = g.Sub(logVariance, other.logVariance);
  const distance = g.Mul(g.Mul(difference, difference), g.Exp(g.Neg(other.logVariance)));
  return g.Mul(g.Add(g.Sub(g.Sub(g.Exp(ratio), ratio), 1), distance), 0.5);
}

/** Half the distance of two of the 256 levels. */
const halfLevel = 1 / 255;
/** Levels beyond are the outermost: their probability reaches to infinity. */
const outermost = 0.999;
/** Least probability, so that its logarithm is finite. */
const least = 1e-12;

/** log of the probability of each level (Ho et al. 2020, equation 13). */
function logLikelihood(g: GraphBuilder, clean: Value, { mean, logVariance }: ReverseStep): Value {
  const centered = g.Sub(clean, mean);
  const precision = g.Exp(g.Mul(logVariance, -0.5));
  const below = normalDistribution(g, g.Mul(precision, g.Add(centered, halfLevel)));
  const before = normalDistribution(g, g.Mul(precision, g.Sub(centered, halfLevel)));
  const log = (probability: Value) => g.Log(g.Max(probability, least));
  const inner = g.Where(g.Greater(clean, outermost), log(g.Sub(1, before)), log(g.Sub(below, before)));
  return g.Where(g.Less(clean, -outermost), log(below), inner);
}

/** The distribution function of N(0, 1) as published, by a tanh (Page 1977). */
function normalDistribution(g: GraphBuilder, x: Value): Value {
  const cubed = g.Mul(g.Mul(x, x), x);
  const inner = g.Mul(g.Add(x, g.Mul(cubed, 0.044715)), Math.sqrt(2 / Math.PI));
  return g.Mul(g.Add(g.Tanh(inner), 1), 0.5);
}
