import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { meanAbsoluteDifference } from './mean-absolute-difference.ts';

/** Added to the quotient before dividing by it, as published. */
const epsilon = 1e-5;

/** Two codes, and what was made with each from the same content. */
export interface TwoModes {
  readonly codes: readonly [Value, Value];
  readonly pictures: readonly [Value, Value];
}

/**
 * Mode seeking (Mao et al. 2019, equation 1, as a loss): 1 / (mean |I1 - I2| / mean |z1 - z2| + 1e-5), large where two
 * codes give nearly the same picture.
 * @returns a scalar
 */
export function modeSeekingLoss(g: GraphBuilder, { codes, pictures }: TwoModes): Value {
  const spread = g.Div(meanAbsoluteDifference(g, ...pictures), meanAbsoluteDifference(g, ...codes));
  return g.Div(1, g.Add(spread, epsilon));
}
