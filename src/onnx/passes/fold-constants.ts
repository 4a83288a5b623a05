import { elementCount, int64, type Tensor } from '../../core/tensor.ts';
import { constantValue } from '../constant.ts';
import { isStatic } from '../dimension.ts';
import type { Graph, Node, Value } from '../ir.ts';
import { constantOperators } from './constant-operators.ts';
import type { PassResult } from './pass.ts';
import { Substitution } from './substitution.ts';

/**
 * Results of more elements are left to ONNX Runtime, which folds constants when it opens a file: here folding is for
 * sizes and scalars, and to fold more would put large tensors into files in place of the few bytes that make them.
 */
const elementsFolded = 1024;

/**
 * Replaces nodes by their results where these are known already: small computations on constants, and integer
 * vectors that inference knows the contents of (the shape of a value of known size). Constants that the caller named
 * are parameters and not folded into others.
 */
export function foldConstants(graph: Graph): PassResult {
  return fold(graph, new Substitution());
}

function fold(graph: Graph, substitution: Substitution): PassResult {
  const nodes: Node[] = [];
  const constants = [...graph.constants];
  for (const old of graph.nodes) {
    const node = substitution.node(old, (body) => fold(body, substitution).graph);
    const result = resultOf(node);
    if (result === undefined) {
      nodes.push(node);
    } else {
      const output = old.outputs[0] as Value;
      const constant = constantValue(output.name, result);
      constants.push(constant);
      substitution.replace(output, constant);
    }
  }
  return substitution.finish(graph, { nodes, constants });
}

function resultOf(node: Node): Tensor | undefined {
  const [output] = node.outputs as readonly [Value];
  if (node.outputs.length > 1 || node.operator === 'Identity' || !isStatic(output.shape)) return undefined;
  if (elementCount(output.shape) > elementsFolded) return undefined;
  return knownContents(output, output.shape) ?? evaluated(node, output.shape);
}

function knownContents({ dtype, contents }: Value, dims: readonly number[]): Tensor | undefined {
  const known = dtype === 'int64' && contents !== undefined && isStatic(contents);
  return known ? int64(dims, contents) : undefined;
}

function evaluated(node: Node, dims: readonly number[]): Tensor | undefined {
  const inputs = node.inputs.map((input) => (input?.named ? undefined : input?.constant));
  if (!inputs.every((input) => input !== undefined)) return undefined;
  const { dtype } = node.outputs[0] as Value;
  return constantOperators[node.operator]?.({ node, inputs, dtype, dims });
}
