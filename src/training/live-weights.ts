import type { Tensor } from '../core/tensor.ts';
import { Scope } from '../nn/scope.ts';
import { boundSource } from '../nn/sources.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { type Method, networkOf } from './methods/method.ts';
import { parameterName, stateDictOf, type TrainingState } from './step/state.ts';

/** A scope for a network whose weights are inputs of the graph, named as in the training state. */
export function liveScope(g: GraphBuilder, method: Method, network: string): Scope {
  const { parameters, buffers } = networkOf(method, network).state;
  const input = (name: string, dtype: Tensor['dtype'], shape: readonly number[]) =>
    g.input(parameterName(network, name), dtype, shape);
  const weights = new Map(parameters.map(({ name, shape }) => [name, input(name, 'float32', shape)]));
  for (const { name, initial, fixed } of buffers) {
    weights.set(name, fixed ? g.constant(initial) : input(name, initial.dtype, initial.dims));
  }
  return new Scope(g, boundSource(weights));
}

/** Values for such inputs, from the moving averages where asked for and kept. @param inputNames those of the session */
export function liveWeights(
  method: Method,
  state: TrainingState,
  {
    networks,
    averaged,
    inputNames,
  }: {
    readonly networks: readonly string[];
    readonly averaged: boolean;
    readonly inputNames: readonly string[];
  },
): Record<string, Tensor> {
  const wanted = new Set(inputNames);
  const entries = networks.flatMap((network) =>
    [...stateDictOf(method, state, network, averaged)].map(
      ([key, tensor]) => [parameterName(network, key), tensor] as const,
    ),
  );
  return Object.fromEntries(entries.filter(([name]) => wanted.has(name)));
}
