import { gradients } from '../../autodiff/backward.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

export interface GradientPenalty {
  /** [N, C, H, W]. */
  readonly real: Value;
  /** Of the same shape. */
  readonly fake: Value;
  /** How much of the real picture is in each mixture, uniform in 0..1: [N, 1, 1, 1]. */
  readonly mix: Value;
  /** The critic: pictures to a map, [N, 1, H', W']. */
  readonly judge: (pictures: Value) => Value;
}

/** The slope that the critic is held to. */
const target = 1;
/** Added to every component, as published: the norm of a slope that is 0 everywhere then has a derivative. */
const epsilon = 1e-16;

/**
 * Gradient penalty of the Wasserstein critic (Gulrajani et al. 2017, equation 3; `cal_gradient_penalty` with type
 * mixed): mean over pictures of (|d sum D(x) / dx| - 1)^2 at x between a real and a generated picture.
 * @returns a scalar, not yet multiplied by its weight (lambda_gp, 10 as published)
 */
export function gradientPenalty(g: GraphBuilder, { real, fake, mix, judge }: GradientPenalty): Value {
  const mixture = g.StopGradient(g.Add(g.Mul(mix, real), g.Mul(g.Sub(1, mix), fake)));
  const judged = g.ReduceSum(judge(mixture), undefined, false);
  const [derivative] = gradients(g, judged, [mixture]) as [Value];
  const slope = g.Add(derivative, epsilon);
  const norm = g.Sqrt(g.ReduceSum(g.Mul(slope, slope), [1, 2, 3], false));
  const distance = g.Sub(norm, target);
  return g.ReduceMean(g.Mul(distance, distance), undefined, false);
}
