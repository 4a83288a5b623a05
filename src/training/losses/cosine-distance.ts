import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Least length, as in torch's cosine_similarity; its square keeps the gradient of a row of zeros finite. */
const epsilon = 1e-8;

/**
 * 2 - 2 cos of the angle between rows, which for rows of unit length is the squared distance between them (BYOL, Grill et
 * al. 2020, equation 2): a, b [R, C] -> [R], from 0 to 4.
 */
export function cosineDistance(g: GraphBuilder, a: Value, b: Value): Value {
  const unit = (rows: Value) => {
    const squared = g.ReduceSum(g.Mul(rows, rows), [1]);
    return g.Div(rows, g.Sqrt(g.Max(squared, epsilon ** 2)));
  };
  const cosine = g.ReduceSum(g.Mul(unit(a), unit(b)), [1], false);
  return g.Sub(2, g.Mul(cosine, 2));
}
