import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/**
 * Cosine of the angle between vectors along axis 1: rows [R, C] -> [R], maps [N, C, H, W] -> [N, H, W].
 * @param least length that vectors are taken to have at least; its square keeps the gradient of zeros finite
 */
export function cosineSimilarity(g: GraphBuilder, a: Value, b: Value, least: number): Value {
  const unit = (vectors: Value) => {
    const squared = g.ReduceSum(g.Mul(vectors, vectors), [1]);
    return g.Div(vectors, g.Sqrt(g.Max(squared, least ** 2)));
  };
  return g.ReduceSum(g.Mul(unit(a), unit(b)), [1], false);
}
