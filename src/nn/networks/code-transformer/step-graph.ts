import type { Tensor } from '../../../core/tensor.ts';
import { type Dim, symbol } from '../../../onnx/dimension.ts';
import type { Graph, Value } from '../../../onnx/ir.ts';
import { type NetworkInput, networkGraph } from '../../network-graph.ts';
import type { CodeCache, CodeTransformer } from './code-transformer.ts';

export interface StepGraphOptions {
  /**
   * With inputs `condition_keys_0`, `condition_values_0` [1, heads, P, d] and so on, the `new_keys_0` and so on of a run of
   * the condition by itself: what all samples have before their own is then read once a run. Default false.
   */
  readonly sharedCondition?: boolean;
}

/**
 * The transformer as a file that costs one position a token: any number of samples N, of new tokens S, and
 * of tokens that there is room for. Inputs `tokens` int64 [N, S], `lengths` int64 [N], and layer by layer `keys_0`,
 * `values_0` [N, heads, capacity, d]; outputs `logits` [N, S, vocabulary], and `new_keys_0`, `new_values_0`
 * [N, heads, S, d] (see `CodeTransformer.append`).
 * @param weights the state_dict, keys without the `transformer.` of a whole model
 */
export function codeStepGraph(
  transformer: CodeTransformer,
  weights: ReadonlyMap<string, Tensor>,
  { sharedCondition = false }: StepGraphOptions = {},
): Graph {
  const { layers, heads, width } = transformer.options;
  const [samples, count, capacity] = ['samples', 'tokens', 'capacity'].map(symbol) as [Dim, Dim, Dim];
  const cacheInputs = (prefix: string, first: Dim, room: Dim) =>
    Array.from({ length: layers }, (_, layer) => [`${prefix}keys_${layer}`, `${prefix}values_${layer}`])
      .flat()
      .map((name) => [name, { dtype: 'float32', shape: [first, heads, room, width / heads] }] as const);
  const inputs: Record<string, NetworkInput> = {
    tokens: { dtype: 'int64', shape: [samples, count] },
    lengths: { dtype: 'int64', shape: [samples] },
    ...Object.fromEntries(cacheInputs('', samples, capacity)),
    ...(sharedCondition && Object.fromEntries(cacheInputs('condition_', 1, symbol('condition')))),
  };
  return networkGraph('prior', weights, inputs, (scope, tokens, lengths, ...caches) => {
    const cache = layersOf(caches.slice(0, 2 * layers));
    const condition = sharedCondition ? layersOf(caches.slice(2 * layers)) : undefined;
    const { logits, additions } = transformer.append(
      scope,
      tokens as Value,
      lengths as Value,
      cache,
      condition,
    );
    const g = scope.graph;
    return [
      g.named('logits', logits),
      ...additions.flatMap(({ keys, values }, layer) => [
        g.named(`new_keys_${layer}`, keys),
        g.named(`new_values_${layer}`, values),
      ]),
    ];
  });
}

/** Keys and values by turns, layer by layer. */
function layersOf(values: readonly Value[]): CodeCache {
  return Array.from({ length: values.length / 2 }, (_, layer) => ({
    keys: values[2 * layer] as Value,
    values: values[2 * layer + 1] as Value,
  }));
}
