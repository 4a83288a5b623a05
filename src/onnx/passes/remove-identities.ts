import { toNumbers } from '../../core/tensor.ts';
import { sameShape } from '../dimension.ts';
import type { Graph, Node, Value } from '../ir.ts';
import type { OperatorName } from '../operators/index.ts';
import type { PassResult } from './pass.ts';
import { Substitution } from './substitution.ts';

/** The first input, under a condition beside the output's having its very type. */
type Unchanged = (node: Node) => Value | undefined;

/**
 * Operators that may give an input unchanged, to the last bit. A sum with +0 is not among them for floats: it turns
 * -0 into +0.
 */
const unchanged: Partial<Readonly<Record<OperatorName, Unchanged>>> = {
  Identity: (node) => first(node),
  Reshape: (node) => first(node),
  Expand: (node) => first(node),
  Squeeze: (node) => first(node),
  Unsqueeze: (node) => first(node),
  Tile: (node) => first(node),
  Cast: (node) => first(node),
  Concat: (node) => (node.inputs.length === 1 ? first(node) : undefined),
  Transpose: (node) => {
    const perm = node.attributes.perm as readonly number[] | undefined;
    return perm?.every((axis, index) => axis === index) ? first(node) : undefined;
  },
  Slice: (node) => (everyContent(node.inputs[4], 1) ? first(node) : undefined),
  Pad: (node) => (everyContent(node.inputs[1], 0) ? first(node) : undefined),
  Mul: (node) => otherThan(node, 1),
  Add: (node) => otherThan(node, node.outputs[0]?.dtype.startsWith('float') ? -0 : 0),
  Div: (node) => (holdsOnly(node.inputs[1], 1) ? first(node) : undefined),
  Sub: (node) => (holdsOnly(node.inputs[1], 0) ? first(node) : undefined),
};

/** Takes out nodes that give their input unchanged: same data type, same shape, same bits. */
export function removeIdentities(graph: Graph): PassResult {
  return remove(graph, new Substitution());
}

function remove(graph: Graph, substitution: Substitution): PassResult {
  const outputs = new Set(graph.outputs);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    // The Identity that names an output stays.
    const naming = node.operator === 'Identity' && outputs.has(node.outputs[0] as Value);
    if (source === undefined || naming) {
      nodes.push(substitution.node(node, (body) => remove(body, substitution).graph));
    } else {
      substitution.replace(node.outputs[0] as Value, substitution.of(source));
    }
  }
  return substitution.finish(graph, { nodes });
}

function sourceOf(node: Node): Value | undefined {
  const source = unchanged[node.operator]?.(node);
  const output = node.outputs[0] as Value;
  if (source === undefined) return undefined;
  return source.dtype === output.dtype && sameShape(source.shape, output.shape) ? source : undefined;
}

function first(node: Node): Value | undefined {
  return node.inputs[0];
}

/** The input beside the one that holds nothing but `neutral`. */
function otherThan(node: Node, neutral: number): Value | undefined {
  const [left, right] = node.inputs;
  if (holdsOnly(right, neutral)) return left;
  return holdsOnly(left, neutral) ? right : undefined;
}

/** Large constants are not searched: neutral ones are scalars, or small after folding. */
const elementsSearched = 1024;

function holdsOnly(value: Value | undefined, element: number): boolean {
  const constant = value?.constant;
  if (value?.named || constant === undefined || constant.data.length > elementsSearched) return false;
  return toNumbers(constant).every((number) => Object.is(number, element));
}

/** True also for an input that was left out, whose default it then is. */
function everyContent(value: Value | undefined, content: number): boolean {
  return value === undefined || (value.contents?.every((dim) => dim === content) ?? false);
}
