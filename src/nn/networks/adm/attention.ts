import { InvalidArgumentError } from '../../../core/errors.ts';
import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import type { Scope } from '../../scope.ts';
import { normalized } from './normalized.ts';

/**
 * How the rows of queries, keys and values lie in one projection: those of the first head, then those of the second
 * (`QKVAttentionLegacy`), or all queries, then all keys (`QKVAttention`).
 */
export type AttentionOrder = 'head-by-head' | 'part-by-part';

export interface AdmAttentionOptions {
  /** How many heads: a number of them, or as many as give each so many channels. */
  readonly heads: { readonly count: number } | { readonly channels: number };
  readonly order: AttentionOrder;
}

/** Queries, keys and values: [N, heads, d, T] each. */
export interface AttentionParts {
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
}

/**
 * `AttentionBlock` of ADM (Dhariwal and Nichol 2021, section 3.1): every place of x [N, C, H, W] attends to every other,
 * in several heads, added to x. The last projection is published to begin at zero.
 * Parameters: norm.*, qkv.*, proj_out.*.
 */
export function admAttention(scope: Scope, x: Value, options: AdmAttentionOptions): Value {
  const { graph } = scope;
  const channels = channelsOf(x);
  const places = graph.Reshape(normalized(scope.child('norm'), x), [0, channels, -1]);
  const parts = attentionParts(scope.child('qkv'), places, options);
  const mixed = mixChannels(scope.child('proj_out'), attended(scope, parts), channels);
  return graph.Add(x, graph.Reshape(mixed, graph.Shape(x)));
}

/** @param x [N, C, T] @throws InvalidArgumentError when the heads do not divide the channels */
export function attentionParts(
  scope: Scope,
  x: Value,
  { heads, order }: AdmAttentionOptions,
): AttentionParts {
  const { graph } = scope;
  const channels = channelsOf(x);
  const count = 'count' in heads ? heads.count : channels / heads.channels;
  const size = channels / count;
  if (!Number.isInteger(count) || !Number.isInteger(size)) {
    throw new InvalidArgumentError(
      `${channels} channels cannot be shared by heads of ${JSON.stringify(heads)}`,
    );
  }
  const rows = mixChannels(scope, x, 3 * channels);
  const split = (y: Value, length: number, axis: number) =>
    graph.Split(y, [length, length, length], axis) as [Value, Value, Value];
  const [queries, keys, values] =
    order === 'head-by-head'
      ? split(graph.Reshape(rows, [0, count, 3 * size, -1]), size, 2)
      : (split(rows, channels, 1).map((part) => graph.Reshape(part, [0, count, size, -1])) as [
          Value,
          Value,
          Value,
        ]);
  return { queries, keys, values };
}

/** Values by softmax of queries times keys over sqrt(d) (Vaswani et al. 2017, equation 1): [N, C, places that ask]. */
export function attended(scope: Scope, { queries, keys, values }: AttentionParts): Value {
  const { graph } = scope;
  const [, heads, size] = queries.shape as [unknown, number, number];
  const asking = graph.Transpose(graph.Mul(queries, size ** -0.5), [0, 1, 3, 2]);
  const shares = graph.Softmax(graph.MatMul(asking, keys), 3); // [N, heads, place that asks, place that is looked at]
  const gathered = graph.MatMul(values, graph.Transpose(shares, [0, 1, 3, 2]));
  return graph.Reshape(gathered, [0, heads * size, -1]);
}

/** torch's Conv1d with a kernel of one: x [N, C, T] -> [N, filters, T]. Parameters: weight [filters, C, 1], bias. */
export function mixChannels(scope: Scope, x: Value, filters: number): Value {
  const { graph } = scope;
  const channels = channelsOf(x);
  const fans = { fanIn: channels, fanOut: filters };
  const shape = [filters, channels, 1];
  const weight = scope.parameter({ name: 'weight', shape, role: 'convolution-weight', ...fans });
  const bias = scope.parameter({ name: 'bias', shape: [filters], role: 'convolution-bias', ...fans });
  return graph.Add(graph.MatMul(graph.Squeeze(weight, [2]), x), graph.Reshape(bias, [-1, 1]));
}
