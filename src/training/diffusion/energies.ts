import { lowPass } from '../../nn/networks/egsde/low-pass.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { cosineSimilarity } from '../losses/cosine-similarity.ts';

/** How alike two pictures are: by the angle of what each place holds, or by minus the squared distance. */
export const similarities = ['cosine', 'negative-l2'] as const;
export type Similarity = (typeof similarities)[number];

/** Least length of what a place holds, as published. */
const leastLength = 1e-10;

/** Maps [N, C, H, W] of each picture -> [N]: the mean cosine over places, or minus the sum of squares. */
export function similarityOf(g: GraphBuilder, form: Similarity, a: Value, b: Value): Value {
  if (form === 'cosine') return g.ReduceMean(cosineSimilarity(g, a, b, leastLength), [1, 2], false);
  const difference = g.Sub(a, b);
  return g.Neg(g.ReduceSum(g.Mul(difference, difference), [1, 2, 3], false));
}

/**
 * What pulls a result back to its source (E_i of EGSDE): how unlike the two are in their coarse shapes.
 * @param pictures the result and the source as noised, [N, C, H, W]
 * @param factor by which the low pass makes pictures smaller
 * @returns [N]
 */
export function faithfulnessEnergy(
  g: GraphBuilder,
  form: Similarity,
  [state, perturbed]: readonly [Value, Value],
  factor: number,
): Value {
  return g.Neg(similarityOf(g, form, lowPass(g, state, factor), lowPass(g, perturbed, factor)));
}
