import { tensor } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

export interface PatchNceOptions {
  /** tau of the paper; 0.07 as published. */
  readonly temperature: number;
  /** Pictures whose rows stand together; negatives come from the same picture. 1: from all rows. */
  readonly pictures: number;
  /** Cosine instead of dot product (DCLGAN); for rows of unit length the same but for rounding. */
  readonly cosine?: boolean;
}

/** Fill value of the diagonal: a patch is not its own negative. Divided by the temperature like the others. */
const excluded = -10;
const cosineEpsilon = 1e-8;

/**
 * PatchNCE (Park et al. 2020, equation 3): cross entropy of picking the key at the query's own place among the
 * keys at the other places. Keys are constants to the gradient.
 *
 * @param queries [R, C], rows ordered picture by picture, as the patch sampler returns them
 * @param keys [R, C]
 * @returns the loss of every row, [R]
 */
export function patchNceLoss(g: GraphBuilder, queries: Value, keys: Value, options: PatchNceOptions): Value {
  const [rows, channels] = queries.shape as readonly number[] as [number, number];
  const patches = rows / options.pictures;
  const grouped = (value: Value) => g.Reshape(value, [options.pictures, patches, channels]);
  const unit = (value: Value) => (options.cosine ? normalized(g, value) : value);
  const q = unit(grouped(queries));
  const k = unit(grouped(g.StopGradient(keys)));
  const positive = g.ReduceSum(g.Mul(q, k), [2]); // [pictures, patches, 1]
  const similarity = g.MatMul(q, g.Transpose(k, [0, 2, 1])); // [pictures, patches, patches]
  const negative = g.Where(g.constant(diagonal(patches)), excluded, similarity);
  const logits = g.Div(g.Concat([positive, negative], 2), options.temperature);
  const first = g.Slice(g.LogSoftmax(logits, 2), { starts: [0], ends: [1], axes: [2] });
  return g.Neg(g.Reshape(first, [rows]));
}

/** Rows of length 1; the length is at least epsilon, as in torch's cosine_similarity. Its gradient stays finite. */
function normalized(g: GraphBuilder, rows: Value): Value {
  const squared = g.ReduceSum(g.Mul(rows, rows), [2]);
  return g.Div(rows, g.Sqrt(g.Max(squared, cosineEpsilon ** 2)));
}

function diagonal(size: number) {
  const data = new Uint8Array(size * size);
  for (let at = 0; at < size; at++) data[at * size + at] = 1;
  return tensor('bool', [1, size, size], data);
}
