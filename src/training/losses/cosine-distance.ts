import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { cosineSimilarity } from './cosine-similarity.ts';

/** Least length, as in torch's cosine_similarity. */
const least = 1e-8;

/**
 * 2 - 2 cos of the angle between rows, which for rows of unit length is the squared distance between them (BYOL, Grill et
 * al. 2020, equation 2): a, b [R, C] -> [R], from 0 to 4.
 */
export function cosineDistance(g: GraphBuilder, a: Value, b: Value): Value {
  return g.Sub(2, g.Mul(cosineSimilarity(g, a, b, least), 2));
}
