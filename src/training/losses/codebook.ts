import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Added to a share before its logarithm, as published. */
const smallest = 1e-10;

/**
 * What holds features and codebook together (van den Oord et al. 2017, equation 3), in the order of the code that VQGAN
 * and VQ-I2I publish, where beta weighs the codebook's side: mean (sg[e] - z)^2 + beta mean (e - sg[z])^2.
 * @param features z, and `entries` e: the entries nearest to them, of the same shape
 * @returns a scalar
 */
export function codebookLoss(
  g: GraphBuilder,
  { features, entries }: { readonly features: Value; readonly entries: Value },
  beta: number,
): Value {
  const meanSquare = (difference: Value) => g.ReduceMean(g.Mul(difference, difference), undefined, false);
  const commitment = meanSquare(g.Sub(g.StopGradient(entries), features));
  const approach = meanSquare(g.Sub(entries, g.StopGradient(features)));
  return g.Add(commitment, g.Mul(approach, beta));
}

/**
 * How many entries of a codebook are in use: exp of the entropy of their shares, from 1 (one entry for all) to the size
 * of the codebook (all alike).
 * @param counts how often each entry is taken, [codebookSize] -> a scalar
 */
export function perplexity(g: GraphBuilder, counts: Value): Value {
  const shares = g.Div(counts, g.ReduceSum(counts, undefined, false));
  const terms = g.Mul(shares, g.Log(g.Add(shares, smallest)));
  return g.Exp(g.Neg(g.ReduceSum(terms, undefined, false)));
}
