import type { Tensor } from '../core/tensor.ts';
import { Scope } from '../nn/scope.ts';
import { boundSource, describeNetwork, type NetworkState } from '../nn/sources.ts';
import type { Value } from '../onnx/ir.ts';
import { weightDifferences } from '../training/import/weight-differences.ts';
import type { StateDict } from '../training/pytorch/index.ts';
import type { CaseGraph } from './case-graph.ts';
import { WeightsError } from './oracle-case.ts';

/** Blur kernels are exact in float32 up to the division by their sum. */
const kernelTolerance = 1e-6;

/**
 * Checks that weights are those of a network: no key too many or too few, the shapes right, fixed kernels equal to ours.
 * @throws WeightsError naming the keys at fault
 */
export function requireWeights(network: string, state: NetworkState, weights: StateDict): void {
  const { missing, leftOver, misshapen } = weightDifferences(state, weights);
  if (missing.length + leftOver.length + misshapen.length > 0) {
    throw new WeightsError(
      `the weights of ${network} are not those of our network: missing ${list(missing)}; unknown ${list(leftOver)}; of another shape ${list(misshapen)}`,
    );
  }
  for (const { name, initial, fixed } of state.buffers) {
    if (fixed) requireEqual(network, name, initial, weights.get(name) as Tensor);
  }
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

function requireEqual(network: string, key: string, ours: Tensor, found: Tensor): void {
  const theirs = found.data as Float32Array;
  const furthest = (ours.data as Float32Array).reduce(
    (worst, value, index) => Math.max(worst, Math.abs(value - (theirs[index] as number))),
    0,
  );
  if (furthest <= kernelTolerance) return;
  throw new WeightsError(`the fixed kernel ${network}.${key} differs from ours by ${furthest}`);
}

function list(keys: readonly string[]): string {
  if (keys.length === 0) return 'none';
  return keys.slice(0, 5).join(', ') + (keys.length > 5 ? ` and ${keys.length - 5} more` : '');
}
