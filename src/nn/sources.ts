import { InvalidArgumentError } from '../core/errors.ts';
import { elementCount, type Tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { shapeText } from '../onnx/dimension.ts';
import type { Value } from '../onnx/ir.ts';
import type { BufferSpec, ParameterSource, ParameterSpec } from './parameters.ts';
import { Scope } from './scope.ts';

/** Everything a network keeps in its state_dict, in the order of its layers. */
export interface NetworkState {
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
}

/**
 * Finds out which parameters a network has by building it once in a graph that is thrown away.
 * @param build applies the network to inputs that it makes itself
 */
export function describeNetwork(build: (scope: Scope) => unknown): NetworkState {
  const parameters = new Map<string, ParameterSpec>();
  const buffers = new Map<string, BufferSpec>();
  const graph = new GraphBuilder('description');
  const values = new Map<string, Value>();
  const once = (name: string, make: () => Value) => values.get(name) ?? remember(values, name, make());
  const source: ParameterSource = {
    parameter(spec) {
      parameters.set(spec.name, spec);
      return once(spec.name, () => graph.input(spec.name, 'float32', spec.shape));
    },
    buffer(spec) {
      buffers.set(spec.name, spec);
      return once(spec.name, () => graph.input(spec.name, spec.initial.dtype, spec.initial.dims));
    },
    update() {},
  };
  build(new Scope(graph, source));
  return { parameters: [...parameters.values()], buffers: [...buffers.values()] };
}

/** Number of trained values. */
export function parameterCount({ parameters }: Pick<NetworkState, 'parameters'>): number {
  return parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/**
 * Parameters as constants of the graph, for exported and evaluated networks.
 * @param weights the state_dict; fixed buffers may be missing from it
 * @throws InvalidArgumentError when a tensor is missing or of another shape
 */
export function constantSource(
  graph: GraphBuilder,
  weights: ReadonlyMap<string, Tensor>,
  namePrefix = '',
): ParameterSource {
  const values = new Map<string, Value>();
  const place = (name: string, shape: readonly number[], fallback?: Tensor): Value => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const found = weights.get(name) ?? fallback;
    if (found === undefined)
      throw new InvalidArgumentError(`the weights have no tensor "${name}" of shape ${shapeText(shape)}`);
    if (found.dims.join() !== shape.join()) {
      throw new InvalidArgumentError(
        `"${name}" has shape ${shapeText(found.dims)}, the network needs ${shapeText(shape)}`,
      );
    }
    return remember(values, name, graph.constant(found, namePrefix + name));
  };
  return {
    parameter: (spec) => place(spec.name, spec.shape),
    buffer: (spec) => place(spec.name, spec.initial.dims, spec.fixed ? spec.initial : undefined),
    update() {},
  };
}

/**
 * Parameters as given values, for graphs whose parameters are inputs or the results of an update. A buffer that a
 * layer has updated is read with its new value by the next application of the network in the same graph.
 */
export function boundSource(
  values: ReadonlyMap<string, Value>,
  updated: (name: string, value: Value) => void = () => {},
): ParameterSource {
  const current = new Map(values);
  const lookup = (name: string): Value => {
    const value = current.get(name);
    if (value === undefined) throw new InvalidArgumentError(`no value is bound to the parameter "${name}"`);
    return value;
  };
  return {
    parameter: (spec) => lookup(spec.name),
    buffer: (spec) => lookup(spec.name),
    update(name, value) {
      current.set(name, value);
      updated(name, value);
    },
  };
}

function remember(values: Map<string, Value>, name: string, value: Value): Value {
  values.set(name, value);
  return value;
}
