import type { Attributes, Graph, Node, Value } from '../ir.ts';
import type { PassResult } from './pass.ts';

/** Which values stand in for which while a pass rebuilds a graph; nodes that nothing touches stay the same objects. */
export class Substitution {
  private readonly standIns = new Map<Value, Value>();

  /** From now on `by` (a value of the graph being built) is used where the old graph used `old`. */
  replace(old: Value, by: Value): void {
    if (old !== by) this.standIns.set(old, by);
  }

  /** The value of the graph being built that stands for a value of the old graph. */
  of(value: Value): Value {
    return this.standIns.get(value) ?? value;
  }

  /**
   * The node with its inputs replaced.
   * @param rewriteBody what becomes of a Loop's body
   * @param outputCount how many outputs to keep
   */
  node(node: Node, rewriteBody: (body: Graph) => Graph, outputCount = node.outputs.length): Node {
    const inputs = node.inputs.map((input) => input && this.of(input));
    const body = node.attributes.body as Graph | undefined;
    const newBody = body && rewriteBody(body);
    const same = newBody === body && outputCount === node.outputs.length && sameElements(inputs, node.inputs);
    if (same) return node;
    const attributes = newBody === undefined ? node.attributes : { ...node.attributes, body: newBody };
    return this.copy(node, inputs, attributes, outputCount);
  }

  /** The finished graph; outputs that another value stands in for keep their names through an Identity. */
  finish(graph: Graph, parts: { nodes: readonly Node[]; constants?: readonly Value[] }): PassResult {
    const nodes = [...parts.nodes];
    const outputs = graph.outputs.map((output) => {
      const standIn = this.of(output);
      if (standIn.name === output.name) return standIn;
      const renaming = identity(standIn, output);
      nodes.push(renaming);
      this.replace(output, renaming.outputs[0] as Value);
      return renaming.outputs[0] as Value;
    });
    const constants = parts.constants ?? graph.constants;
    const modified =
      !sameElements(nodes, graph.nodes) ||
      !sameElements(constants, graph.constants) ||
      !sameElements(outputs, graph.outputs);
    return modified ? { graph: { ...graph, nodes, constants, outputs }, modified } : { graph, modified };
  }

  private copy(node: Node, inputs: Node['inputs'], attributes: Attributes, outputCount: number): Node {
    const outputs: Value[] = [];
    const copy: Node = { ...node, inputs, attributes, outputs };
    for (const output of node.outputs.slice(0, outputCount)) {
      const value = { ...output, producer: copy };
      outputs.push(value);
      this.replace(output, value);
    }
    return copy;
  }
}

/** A node that gives `value` under the name (and for the uses) of `output`. */
function identity(value: Value, output: Value): Node {
  const outputs: Value[] = [];
  const node: Node = {
    name: `Identity_of_${output.name}`,
    operator: 'Identity',
    inputs: [value],
    outputs,
    attributes: {},
  };
  outputs.push({ ...output, producer: node });
  return node;
}

function sameElements<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((element, index) => element === right[index]);
}
