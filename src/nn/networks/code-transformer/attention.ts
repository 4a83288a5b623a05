import { float32 } from '../../../core/tensor.ts';
import type { GraphBuilder } from '../../../onnx/builder.ts';
import type { Value } from '../../../onnx/ir.ts';
import { knownSize } from '../../layers/channels.ts';
import { linear } from '../../layers/linear.ts';
import type { Scope } from '../../scope.ts';

/** Added to the score of a place that must not be seen: its share is exactly 0 in single precision, and finite. */
export const unseen = -1e9;

/** Queries, keys and values of every head: [N, heads, T, d] each, the queries already divided by sqrt(d). */
export interface Projections {
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
}

/**
 * The projections of multi-head attention (Vaswani et al. 2017, section 3.2.2). Parameters `query`, `key`, `value`.
 * @param x [N, T, width], width a multiple of heads
 */
export function project(scope: Scope, x: Value, heads: number): Projections {
  const width = knownSize(x, -1);
  const size = width / heads;
  const split = (name: string) => {
    const projected = linear(scope.child(name), x, { features: width });
    return scope.graph.Transpose(scope.graph.Reshape(projected, [0, 0, heads, size]), [0, 2, 1, 3]);
  };
  const queries = scope.graph.Mul(split('query'), 1 / Math.sqrt(size));
  return { queries, keys: split('key'), values: split('value') };
}

/** The heads side by side, [N, heads, T, d] to [N, T, width], and mixed. Parameters `proj`. */
export function joinHeads(scope: Scope, heads: Value): Value {
  const width = knownSize(heads, 1) * knownSize(heads, -1);
  const { graph } = scope;
  const joined = graph.Reshape(graph.Transpose(heads, [0, 2, 1, 3]), [0, 0, width]);
  return linear(scope.child('proj'), joined, { features: width });
}

/**
 * Every place of a window attends to itself and to what is before it.
 * @param laterPlaces [T, T], what is added to the score of the place of the column for that of the row
 * @returns [N, heads, T, d]
 */
export function attendToWindow(
  g: GraphBuilder,
  { queries, keys, values }: Projections,
  laterPlaces: Value,
): Value {
  const scores = g.MatMul(queries, g.Transpose(keys, [0, 1, 3, 2]));
  return g.MatMul(g.Softmax(g.Add(scores, laterPlaces), 3), values);
}

/** What `attendToWindow` adds to scores: [length, length], 0 up to the diagonal and `unseen` behind it. */
export function laterPlacesUnseen(g: GraphBuilder, length: number): Value {
  const rows = Array.from({ length }, (_, row) =>
    Array.from({ length }, (__, column) => (column <= row ? 0 : unseen)),
  );
  return g.constant(float32([length, length], rows.flat()));
}
