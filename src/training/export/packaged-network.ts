import { createHash } from 'node:crypto';
import type { NetworkManifest, TensorInterface } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import { type NetworkInput, networkGraph } from '../../nn/network-graph.ts';
import type { Scope } from '../../nn/scope.ts';
import { describeNetwork, parameterCount } from '../../nn/sources.ts';
import { dimText } from '../../onnx/dimension.ts';
import type { Graph, Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';

/** A network as it goes into a model package. */
export interface PackagedNetwork {
  /** Content of the .onnx file. */
  readonly bytes: Uint8Array;
  /** Number of trained values, where it is known. */
  readonly parameters?: number;
  readonly inputs: readonly TensorInterface[];
  readonly outputs: readonly TensorInterface[];
}

/** A graph of ours, written; its pictures are bytes. @param parameters number of trained values in it */
export function packagedGraph(graph: Graph, parameters: number): PackagedNetwork {
  return {
    bytes: serialize(graph),
    parameters,
    inputs: graph.inputs.map(interfaceOf),
    outputs: graph.outputs.map(interfaceOf),
  };
}

/** A part of a model by itself, with those of the model's weights that it needs. See `networkGraph`. */
export function packagedPart(
  name: string,
  weights: ReadonlyMap<string, Tensor>,
  inputs: Readonly<Record<string, NetworkInput>>,
  build: (scope: Scope, ...inputs: Value[]) => Value,
): PackagedNetwork {
  const state = describeNetwork((scope) =>
    build(
      scope,
      ...Object.entries(inputs).map(([input, { dtype, shape }]) => scope.graph.input(input, dtype, shape)),
    ),
  );
  const graph = optimize(networkGraph(name, weights, inputs, build));
  // Not every trained value is needed: nothing asks for the variance of a code.
  const kept = new Set(graph.constants.map((constant) => constant.name));
  const parameters = state.parameters.filter((parameter) => kept.has(parameter.name));
  return packagedGraph(graph, parameterCount({ parameters }));
}

/** Number of trained values in all networks of a package, as far as it is known. */
export function totalParameters(networks: Readonly<Record<string, PackagedNetwork>>): number {
  return Object.values(networks).reduce((sum, { parameters = 0 }) => sum + parameters, 0);
}

/** The entry in the manifest. @param file its name beside the manifest */
export function networkManifest(network: PackagedNetwork, file: string): NetworkManifest {
  const { bytes, parameters, inputs, outputs } = network;
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.byteLength,
    ...(parameters === undefined ? {} : { parameters }),
    inputs: [...inputs],
    outputs: [...outputs],
  };
}

function interfaceOf({ name, dtype, shape }: Value): TensorInterface {
  const picture = dtype === 'uint8' && shape.length === 4;
  return {
    name,
    dtype: dtype as TensorInterface['dtype'],
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : dimText(dim))),
    ...(picture ? { layout: 'NHWC' as const } : {}),
  };
}
