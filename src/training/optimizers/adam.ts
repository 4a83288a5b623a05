import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** L2 penalty added to the gradient (`adam`), or shrinking of the weight itself (`adamw`, Loshchilov and Hutter 2019). */
  readonly weightDecay: number;
  readonly decoupledDecay: boolean;
}

/** What an update needs to know of the step: scalars, the same for every parameter of an optimizer. */
export interface AdamScalars {
  /** Learning rate of this step. */
  readonly learningRate: Value;
  /** 1 - beta1^t and sqrt(1 - beta2^t), t counted from 1. */
  readonly meanCorrection: Value;
  readonly deviationCorrection: Value;
}

export interface AdamState {
  readonly parameter: Value;
  /** First and second moment of the gradient. */
  readonly mean: Value;
  readonly variance: Value;
}

/** The bias corrections of step t (from 1), computed in double precision outside of the graph. */
export function adamCorrections(
  { beta1, beta2 }: AdamOptions,
  t: number,
): readonly [mean: number, deviation: number] {
  return [1 - beta1 ** t, Math.sqrt(1 - beta2 ** t)];
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) in the arithmetic order of PyTorch:
 * theta - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
 */
export function adamUpdate(
  g: GraphBuilder,
  { parameter, mean, variance }: AdamState,
  gradient: Value,
  scalars: AdamScalars,
  options: AdamOptions,
): AdamState {
  const { beta1, beta2, epsilon, weightDecay, decoupledDecay } = options;
  const penalised =
    weightDecay === 0 || decoupledDecay ? gradient : g.Add(gradient, g.Mul(parameter, weightDecay));
  const nextMean = g.Add(g.Mul(mean, beta1), g.Mul(penalised, 1 - beta1));
  const nextVariance = g.Add(g.Mul(variance, beta2), g.Mul(g.Mul(penalised, penalised), 1 - beta2));
  const stepSize = g.Div(scalars.learningRate, scalars.meanCorrection);
  const deviation = g.Add(g.Div(g.Sqrt(nextVariance), scalars.deviationCorrection), epsilon);
  const shrunk =
    weightDecay !== 0 && decoupledDecay
      ? g.Mul(parameter, g.Sub(1, g.Mul(scalars.learningRate, weightDecay)))
      : parameter;
  const next = g.Sub(shrunk, g.Mul(g.Div(nextMean, deviation), stepSize));
  return { parameter: next, mean: nextMean, variance: nextVariance };
}
