import type { DType, Tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Dim } from '../onnx/dimension.ts';
import type { Graph, Value } from '../onnx/ir.ts';
import { Scope } from './scope.ts';
import { constantSource } from './sources.ts';

export interface NetworkInput {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/**
 * A network by itself, its weights inside the graph.
 * @param weights the state_dict
 * @param inputs graph inputs by name; their order is the order in which `build` gets them
 * @param build applies the network; what it returns are the outputs of the graph
 * @throws InvalidArgumentError when a weight is missing or of another shape
 * @throws GraphError when the network cannot take such inputs
 */
export function networkGraph(
  name: string,
  weights: ReadonlyMap<string, Tensor>,
  inputs: Readonly<Record<string, NetworkInput>>,
  build: (scope: Scope, ...inputs: Value[]) => Value | readonly Value[],
): Graph {
  const graph = new GraphBuilder(name);
  const values = Object.entries(inputs).map(([input, { dtype, shape }]) => graph.input(input, dtype, shape));
  const outputs = build(new Scope(graph, constantSource(graph, weights)), ...values);
  return graph.build('name' in outputs ? [outputs] : outputs);
}
