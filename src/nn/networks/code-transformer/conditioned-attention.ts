import type { GraphBuilder } from '../../../onnx/builder.ts';
import type { Value } from '../../../onnx/ir.ts';
import { attendToWindow, laterPlacesUnseen, type Projections } from './attention.ts';

/** N samples of S tokens after one condition of P tokens that they share, lying as rows: the condition's, then theirs. */
export interface SharedCondition {
  readonly condition: number;
  readonly samples: number;
  readonly length: number;
}

/** What `attendAfterCondition` adds to scores, made once for all layers. */
interface ConditionMasks {
  /** [P, P]. */
  readonly condition: Value;
  /** [S, S]. */
  readonly tokens: Value;
}

export function conditionMasks(g: GraphBuilder, { condition, length }: SharedCondition): ConditionMasks {
  return { condition: laterPlacesUnseen(g, condition), tokens: laterPlacesUnseen(g, length) };
}

/**
 * The condition attends to itself, and each token to the condition and to those of its sample up to itself: the same as
 * `attendToWindow` for every sample behind a condition of its own, which would compute the condition N times.
 * @param projections [1, heads, P + N S, d]
 * @returns [1, heads, P + N S, d]
 */
export function attendAfterCondition(
  g: GraphBuilder,
  { queries, keys, values }: Projections,
  { condition, samples, length }: SharedCondition,
  masks: ConditionMasks,
): Value {
  const rows = samples * length;
  const parts = (x: Value) => g.Split(x, [condition, rows], 2) as [Value, Value];
  const [[firstQueries, q], [firstKeys, k], [firstValues, v]] = [queries, keys, values].map(parts) as [
    [Value, Value],
    [Value, Value],
    [Value, Value],
  ];
  const first = { queries: firstQueries, keys: firstKeys, values: firstValues };
  const bySample = (x: Value) => bySamples(g, x, samples, length);
  const transposed = (x: Value) => g.Transpose(x, [0, 1, 3, 2]);
  const toCondition = bySample(g.MatMul(q, transposed(firstKeys)));
  const toTokens = g.Add(g.MatMul(bySample(q), transposed(bySample(k))), masks.tokens);
  const shares = g.Softmax(g.Concat([toCondition, toTokens], 3), 3);
  const [ofCondition, ofTokens] = g.Split(shares, [condition, length], 3) as [Value, Value];
  const asRows = (x: Value) => g.Reshape(x, [1, q.shape[1] as number, rows, -1]);
  const attended = g.Add(g.MatMul(asRows(ofCondition), firstValues), asRows(g.MatMul(ofTokens, bySample(v))));
  return g.Concat([attendToWindow(g, first, masks.condition), attended], 2);
}

/** Rows of every head, [1, heads, N S, c], sample by sample: [heads, N, S, c]. */
function bySamples(g: GraphBuilder, x: Value, samples: number, length: number): Value {
  return g.Reshape(x, [x.shape[1] as number, samples, length, -1]);
}
