import { hash } from 'node:crypto';
import type { Tensor, TensorData } from '../../core/tensor.ts';
import type { AttributeValue, Graph, Node, Value } from '../ir.ts';
import type { OperatorName } from '../operators/index.ts';
import type { PassResult } from './pass.ts';
import { Substitution } from './substitution.ts';

/** Operators whose two inputs may change places without changing a bit of the result. */
const commutative: ReadonlySet<OperatorName> = new Set(['Add', 'Mul', 'And', 'Or', 'Equal']);

/**
 * Computes once what is computed several times: nodes of the same operator, inputs and attributes, and constants of
 * the same contents, are merged. Gradient rules repeat much of the forward graph and of each other.
 * Bodies are merged within themselves only, and constants that the caller named stay apart.
 */
export function deduplicate(graph: Graph): PassResult {
  return merge(graph, new Substitution(), new Identifiers());
}

function merge(graph: Graph, substitution: Substitution, identifiers: Identifiers): PassResult {
  const constants = mergeConstants(graph, substitution);
  const outputs = new Set(graph.outputs);
  const known = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const old of graph.nodes) {
    const node = substitution.node(old, (body) => merge(body, substitution, identifiers).graph);
    const key = keyOf(node, identifiers);
    const first = known.get(key);
    // Two outputs of a graph with one value: the second is an Identity of the first, and has to stay.
    const needed = node.operator === 'Identity' && outputs.has(old.outputs[0] as Value);
    if (first === undefined || needed) {
      known.set(key, first ?? node);
      nodes.push(node);
    } else {
      for (const [index, output] of old.outputs.entries()) {
        substitution.replace(output, first.outputs[index] as Value);
      }
    }
  }
  return substitution.finish(graph, { nodes, constants });
}

function mergeConstants(graph: Graph, substitution: Substitution): Value[] {
  const known = new Map<string, Value>();
  return graph.constants.filter((value) => {
    if (value.named) return true;
    const key = tensorKey(value.constant as Tensor);
    const first = known.get(key);
    if (first === undefined) known.set(key, value);
    else substitution.replace(value, first);
    return first === undefined;
  });
}

function keyOf(node: Node, identifiers: Identifiers): string {
  const inputs = node.inputs.map((input) => (input === undefined ? '' : identifiers.of(input)));
  if (commutative.has(node.operator)) inputs.sort();
  const attributes = Object.entries(node.attributes)
    .map(([name, value]) => `${name}=${attributeKey(value, identifiers)}`)
    .sort();
  return [node.operator, node.outputs.length, inputs.join(), ...attributes].join('|');
}

function attributeKey(value: AttributeValue, identifiers: Identifiers): string {
  if (typeof value !== 'object') return String(value);
  if ('dtype' in value) return tensorKey(value);
  return 'nodes' in value ? identifiers.of(value) : value.join();
}

/** Tensors with the same key hold the same bytes. */
function tensorKey({ dtype, dims, data }: Tensor): string {
  return `${dtype}[${dims.join()}]${digestOf(data)}`;
}

/** Contents are hashed once, however often passes run: data is immutable by convention, and may be megabytes. */
const digests = new WeakMap<TensorData, string>();

function digestOf(data: TensorData): string {
  const known = digests.get(data);
  if (known !== undefined) return known;
  const digest = hash('sha256', new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 'base64');
  digests.set(data, digest);
  return digest;
}

/** A number for each object, by identity. */
class Identifiers {
  private readonly numbers = new Map<object, string>();

  of(object: object): string {
    const known = this.numbers.get(object) ?? String(this.numbers.size);
    this.numbers.set(object, known);
    return known;
  }
}
