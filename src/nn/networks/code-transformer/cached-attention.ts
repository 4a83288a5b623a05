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
 * @returns [N, heads, S, d]
 */
export function attendToCache(
  g: GraphBuilder,
  { queries, keys, values }: Projections,
  cache: CachedLayer,
  { filled, before, sizes }: CacheMasks,
): Value {
  const transposed = (x: Value) => g.Transpose(x, [0, 1, 3, 2]);
  const ofCache = transposed(g.MatMul(cache.keys, transposed(queries)));
  const ofNew = g.MatMul(queries, transposed(keys));
  const scores = [g.Where(filled, ofCache, unseen), g.Where(before, ofNew, unseen)];
  const shares = g.Softmax(g.Concat(scores, 3), 3);
  const [toCache, toNew] = g.append('Split', [shares, sizes], { axis: 3 }, 2) as [Value, Value];
  return g.Add(g.MatMul(toCache, cache.values), g.MatMul(toNew, values));
}
