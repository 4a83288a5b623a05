import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Added to the length before dividing by it, as torch's `clip_grad_norm_` does. */
const epsilon = 1e-6;

/**
 * Gradients seen as one long vector, shortened where its Euclidean length is above a limit (Pascanu et al. 2013,
 * algorithm 1): all are multiplied by min(1, limit / (length + 1e-6)).
 * @param limit undefined: they stay as they are
 */
export function clippedGradients(
  g: GraphBuilder,
  gradients: readonly Value[],
  limit: number | undefined,
): readonly Value[] {
  if (limit === undefined) return gradients;
  const squares = gradients.map((gradient) => g.ReduceSum(g.Mul(gradient, gradient), undefined, false));
  const length = g.Sqrt(squares.reduce((sum, square) => g.Add(sum, square)));
  const factor = g.Min(1, g.Div(limit, g.Add(length, epsilon)));
  return gradients.map((gradient) => g.Mul(gradient, factor));
}
