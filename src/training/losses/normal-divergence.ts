import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * How far a normal distribution with independent elements is from the standard one (Kingma and Welling 2014, appendix
 * B): KL = -1/2 sum (1 + log sigma^2 - mu^2 - sigma^2), summed over a code, averaged over the batch.
 * @param mean mu, [N, code]
 * @param logVariance log sigma^2, [N, code]
 * @returns a scalar
 */
export function normalDivergence(g: GraphBuilder, mean: Value, logVariance: Value): Value {
  const elements = g.Sub(g.Sub(g.Add(1, logVariance), g.Mul(mean, mean)), g.Exp(logVariance));
  return g.Mul(g.ReduceMean(g.ReduceSum(elements, [1], false), undefined, false), -0.5);
}
