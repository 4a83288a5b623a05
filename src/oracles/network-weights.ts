import type { Tensor } from '../core/tensor.ts';
import { Scope } from '../nn/scope.ts';
import { boundSource, describeNetwork, type NetworkState } from '../nn/sources.ts';
import type { Value } from '../onnx/ir.ts';
import type { StateDict } from '../training/pytorch/index.ts';
import { weightFaults } from '../training/weights/weight-faults.ts';
import type { CaseGraph } from './case-graph.ts';
import { WeightsError } from './oracle-case.ts';

/**
 * Checks that weights are those of a network, and its fixed kernels ours.
 * @throws WeightsError naming the keys at fault
 */
export function requireWeights(network: string, state: NetworkState, weights: StateDict): void {
  const faults = weightFaults(state, weights, { fixedAsOurs: true });
  if (faults === undefined) return;
  throw new WeightsError(`the weights of ${network} are not those of our network: ${faults}`);
}

/** A network of a case in a graph: its weights are graph inputs. */
export interface BoundNetwork {
  /** By state_dict key. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** @param updated is told the running statistics that a pass in training mode leaves */
  scope(training: boolean, updated?: (key: string, value: Value) => void): Scope;
}

/** @param inputs shapes of the float inputs that `apply` is given, only to find out which weights it uses */
export function bindNetwork(
  target: CaseGraph,
  network: string,
  weights: StateDict,
  inputs: readonly (readonly number[])[],
  apply: (scope: Scope, inputs: Value[]) => unknown,
): BoundNetwork {
  const state = describeNetwork((scope) =>
    apply(
      scope,
      inputs.map((shape, index) => scope.graph.input(`input_${index}`, 'float32', shape)),
    ),
  );
  requireWeights(network, state, weights);
  const bind = (key: string) => [key, target.input(`${network}.${key}`, weights.get(key) as Tensor)] as const;
  const parameters = new Map(state.parameters.map(({ name }) => bind(name)));
  const running = state.buffers.filter(({ fixed }) => !fixed).map(({ name }) => bind(name));
  const kernels = state.buffers.filter(({ fixed }) => fixed);
  const fixed = kernels.map(({ name, initial }) => [name, target.graph.constant(initial)] as const);
  const values = new Map([...parameters, ...running, ...fixed]);
  return {
    parameters,
    scope: (training, updated) => new Scope(target.graph, boundSource(values, updated), { training }),
  };
}
