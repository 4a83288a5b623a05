import type { Tensor } from '../../../core/tensor.ts';
import { type Dim, symbol } from '../../../onnx/dimension.ts';
import type { Graph, Value } from '../../../onnx/ir.ts';
import { type NetworkInput, networkGraph } from '../../network-graph.ts';
import type { CodeTransformer } from './code-transformer.ts';

/**
 * The transformer as a file that costs one position a token: any number of samples N, of new tokens S, and
 * of tokens that there is room for. Inputs
 * `tokens` int64 [N, S], `lengths` int64 [N], and layer by layer `keys_0`, `values_0` [N, heads, capacity, d]; outputs
 * `logits` [N, S, vocabulary], and `new_keys_0`, `new_values_0` [N, heads, S, d] (see `CodeTransformer.append`).
 * @param weights the state_dict, keys without the `transformer.` of a whole model
 */
export function codeStepGraph(transformer: CodeTransformer, weights: ReadonlyMap<string, Tensor>): Graph {
  const { layers, heads, width } = transformer.options;
  const [samples, count, capacity] = ['samples', 'tokens', 'capacity'].map(symbol) as [Dim, Dim, Dim];
  const kept: NetworkInput = { dtype: 'float32', shape: [samples, heads, capacity, width / heads] };
  const names = Array.from({ length: layers }, (_, layer) => [`keys_${layer}`, `values_${layer}`] as const);
  const inputs: Record<string, NetworkInput> = {
    tokens: { dtype: 'int64', shape: [samples, count] },
    lengths: { dtype: 'int64', shape: [samples] },
    ...Object.fromEntries(names.flat().map((name) => [name, kept])),
  };
  return networkGraph('prior', weights, inputs, (scope, tokens, lengths, ...cache) => {
    const layersOf = names.map((_, layer) => ({
      keys: cache[2 * layer] as Value,
      values: cache[2 * layer + 1] as Value,
    }));
    const { logits, additions } = transformer.append(scope, tokens as Value, lengths as Value, layersOf);
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
