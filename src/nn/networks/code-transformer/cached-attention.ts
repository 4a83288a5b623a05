import { int64 } from '../../../core/tensor.ts';
import type { GraphBuilder } from '../../../onnx/builder.ts';
import type { Value } from '../../../onnx/ir.ts';
import { knownSize } from '../../layers/channels.ts';
import { type Projections, unseen } from './attention.ts';

/** What one layer remembers of the tokens before: keys and values, [N, heads, capacity, d] each. */
export interface CachedLayer {
  readonly keys: Value;
  readonly values: Value;
}

/** Which scores count, for [N, heads, S, ...] of S new tokens. */
export interface CacheMasks {
  /** Of the cache: bool [N, 1, 1, capacity], the places that are filled. */
  readonly filled: Value;
  /** Of the new tokens among themselves: bool [S, S], each sees itself and those before it. */
  readonly before: Value;
}

/**
 * @param lengths int64 [N], how many places of the cache are filled
 * @param places int64 [S], 0 to S - 1
 */
export function cacheMasks(g: GraphBuilder, lengths: Value, places: Value, capacity: number): CacheMasks {
  const all = Array.from({ length: capacity }, (_, place) => place);
  return {
    filled: g.Less(g.constant(int64([capacity], all)), g.Reshape(lengths, [-1, 1, 1, 1])),
    before: g.LessOrEqual(places, g.Reshape(places, [-1, 1])),
  };
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
  { filled, before }: CacheMasks,
): Value {
  const capacity = knownSize(cache.keys, 2);
  const transposed = (x: Value) => g.Transpose(x, [0, 1, 3, 2]);
  const ofCache = transposed(g.MatMul(cache.keys, transposed(queries)));
  const ofNew = g.MatMul(queries, transposed(keys));
  const scores = [g.Where(filled, ofCache, unseen), g.Where(before, ofNew, unseen)];
  const shares = g.Softmax(g.Concat(scores, 3), 3);
  const part = (start: number, end: number) => g.Slice(shares, { starts: [start], ends: [end], axes: [3] });
  return g.Add(
    g.MatMul(part(0, capacity), cache.values),
    g.MatMul(part(capacity, Number.MAX_SAFE_INTEGER), values),
  );
}
