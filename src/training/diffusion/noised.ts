import type { NoiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { atTimes } from './at-times.ts';

/** Pictures on their way into noise. */
export interface Diffused {
  /** x_0, [N, C, H, W] in -1..1. */
  readonly clean: Value;
  /** e, of the same shape, from N(0, I). */
  readonly noise: Value;
  /** t, int64 [N]. */
  readonly times: Value;
}

/** x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) e (Ho et al. 2020, equation 4). */
export function noised(
  g: GraphBuilder,
  { clean, noise, times }: Diffused,
  { sqrtAlphaBar, sqrtOneMinusAlphaBar }: NoiseSchedule,
): Value {
  const kept = g.Mul(clean, atTimes(g, sqrtAlphaBar, times));
  return g.Add(kept, g.Mul(noise, atTimes(g, sqrtOneMinusAlphaBar, times)));
}
