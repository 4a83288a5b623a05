import type { GraphBuilder } from '../../../onnx/builder.ts';
import type { Value } from '../../../onnx/ir.ts';
import { type Projections, unseen } from './attention.ts';

/** What one layer remembers of the tokens before: keys and values, [N, heads, capacity, d] each. */
export interface CachedLayer {
  readonly keys: Value;
  readonly values: Value;
}

/** Which scores count, of S new tokens of every sample. */
interface CacheMasks {
  /** Of the cache: bool [N, 1, 1, capacity], the places that are filled. */
  readonly filled: Value;
  /** Of the new tokens among themselves: bool [S, S], each sees itself and those before it. */
  readonly before: Value;
  /** int64 [2]: capacity and S. */
  readonly sizes: Value;
}

/**
 * @param tokens [N, S]
 * @param lengths int64 [N], how many places of the cache are filled
 */
export function cacheMasks(
  g: GraphBuilder,
  tokens: Value,
  lengths: Value,
  { keys }: CachedLayer,
): CacheMasks {
  const [capacity, count] = [sizeAlong(g, keys, 2), sizeAlong(g, tokens, 1)];
  const places = countedTo(g, count);
  return {
    filled: g.Less(countedTo(g, capacity), g.Reshape(lengths, [-1, 1, 1, 1])),
    before: g.LessOrEqual(places, g.Reshape(places, [-1, 1])),
    sizes: g.Concat([capacity, count], 0),
  };
}

/** The size of an axis, known or not: int64 [1]. */
export function sizeAlong(g: GraphBuilder, x: Value, axis: number): Value {
  return g.Slice(g.Shape(x), { starts: [axis], ends: [axis + 1], axes: [0] });
}

/** int64, 0 to size - 1. @param size int64 [1] */
export function countedTo(g: GraphBuilder, size: Value): Value {
  return g.CumSum(g.Expand(g.scalar(1, 'int64'), size), 0, { exclusive: 1 });
}

/**
 * New tokens attend to the cache and to each other. The cache is read where it lies: nothing of its size is copied,
 * as joining it with the new keys, or transposing it, would do.
 * @param projections of the S new tokens
 * @param condition what all samples remember before their own, [1, heads, P, d]
 * @returns [N, heads, S, d]
 */
export function attendToCache(
  g: GraphBuilder,
  { queries, keys, values }: Projections,
  cache: CachedLayer,
  { filled, before, sizes }: CacheMasks,
  condition?: CachedLayer,
): Value {
  const transposed = (x: Value) => g.Transpose(x, [0, 1, 3, 2]);
  const ofCache = transposed(g.MatMul(cache.keys, transposed(queries)));
  const ofNew = g.MatMul(queries, transposed(keys));
  const scores = [g.Where(filled, ofCache, unseen), g.Where(before, ofNew, unseen)];
  if (condition === undefined) {
    const shares = g.Softmax(g.Concat(scores, 3), 3);
    const [toCache, toNew] = g.append('Split', [shares, sizes], { axis: 3 }, 2) as [Value, Value];
    return g.Add(g.MatMul(toCache, cache.values), g.MatMul(toNew, values));
  }
  const ofCondition = conditionScores(g, queries, condition.keys);
  const shares = g.Softmax(g.Concat([ofCondition, ...scores], 3), 3);
  const all = g.Concat([sizeAlong(g, condition.keys, 2), sizes], 0);
  const [toCondition, toCache, toNew] = g.append('Split', [shares, all], { axis: 3 }, 3) as [
    Value,
    Value,
    Value,
  ];
  const own = g.Add(g.MatMul(toCache, cache.values), g.MatMul(toNew, values));
  return g.Add(own, fromCondition(g, toCondition, condition.values, queries));
}

/** Scores of all samples' queries [N, heads, S, d] in one product, so that the keys are read once: [N, heads, S, P]. */
function conditionScores(g: GraphBuilder, queries: Value, keys: Value): Value {
  const byHead = g.Transpose(queries, [1, 0, 2, 3]);
  const rows = g.Reshape(byHead, [1, queries.shape[1] as number, -1, queries.shape[3] as number]);
  const scores = g.MatMul(keys, g.Transpose(rows, [0, 1, 3, 2]));
  // The place of P stays: a size of 0, as of a condition without tokens, means that of the same place before.
  const sizes = [0, 1, 2].map((axis) => sizeAlong(g, scores, axis));
  const samples = [sizeAlong(g, byHead, 1), sizeAlong(g, byHead, 2)];
  const parted = g.Reshape(scores, g.Concat([...sizes, ...samples], 0));
  return g.Squeeze(g.Transpose(parted, [3, 1, 4, 2, 0]), [4]);
}

/** The values of the condition by the shares [N, heads, S, P] of all samples: [N, heads, S, d]. */
function fromCondition(g: GraphBuilder, shares: Value, values: Value, queries: Value): Value {
  const byHead = g.Transpose(shares, [1, 0, 2, 3]);
  // Counted, not left to be inferred: a condition may have no tokens.
  const count = g.Mul(sizeAlong(g, byHead, 1), sizeAlong(g, byHead, 2));
  const sizes = [sizeAlong(g, byHead, 0), count, sizeAlong(g, byHead, 3)];
  const rows = g.Reshape(byHead, g.Concat([g.integers([1]), ...sizes], 0));
  const attended = g.MatMul(rows, values);
  return g.Transpose(g.Reshape(attended, g.Shape(g.Transpose(queries, [1, 0, 2, 3]))), [1, 0, 2, 3]);
}
