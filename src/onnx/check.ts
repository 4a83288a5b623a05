import { sameShape } from './dimension.ts';
import { GraphError, typeText } from './errors.ts';
import type { Graph, Node, Value } from './ir.ts';
import { inferTypes } from './operators/infer.ts';

/**
 * What a legal graph is: every name is defined once and before its use, every operator's inputs and attributes
 * fit, and every output has the type that its operator's inference gives.
 *
 * @param outer values of the graph around it that a body may use
 * @throws GraphError
 */
export function checkGraph(graph: Graph, outer: Iterable<Value> = []): void {
  const defined: Defined = new Map();
  for (const value of outer) defined.set(value.name, value);
  for (const value of [...graph.inputs, ...graph.constants]) define(graph, defined, value);
  for (const node of graph.nodes) {
    for (const input of node.inputs) if (input) requireDefined(graph, defined, input, `node ${node.name}`);
    checkTypes(graph, node);
    checkBody(node, defined);
    for (const output of node.outputs) define(graph, defined, output);
  }
  for (const output of graph.outputs) requireDefined(graph, defined, output, 'an output of the graph');
}

type Defined = Map<string, Value>;

function define(graph: Graph, defined: Defined, value: Value): void {
  if (defined.has(value.name)) throw new GraphError(`graph ${graph.name}: "${value.name}" is defined twice`);
  defined.set(value.name, value);
}

function requireDefined(graph: Graph, defined: Defined, value: Value, user: string): void {
  const known = defined.get(value.name);
  if (known === undefined) {
    throw new GraphError(
      `graph ${graph.name}: ${user} uses "${value.name}" (${typeText(value)}), which is not defined before it`,
    );
  }
  if (known !== value) {
    throw new GraphError(
      `graph ${graph.name}: ${user} uses another value named "${value.name}" than the one defined`,
    );
  }
}

function checkTypes(graph: Graph, node: Node): void {
  const types = inferTypes(node.operator, node.name, node.inputs, node.attributes, node.outputs.length);
  if (types.length < node.outputs.length) {
    throw new GraphError(
      `${node.operator} ${node.name} gives ${types.length} outputs, the node has ${node.outputs.length}`,
    );
  }
  for (const [index, output] of node.outputs.entries()) {
    const type = types[index];
    if (type === undefined || type.dtype !== output.dtype || !sameShape(type.shape, output.shape)) {
      throw new GraphError(
        `graph ${graph.name}: ${node.operator} ${node.name} output ${index} is declared ${typeText(output)}, inferred ${typeText(type)}`,
      );
    }
  }
}

function checkBody(node: Node, defined: Defined): void {
  const body = node.attributes.body as Graph | undefined;
  if (body !== undefined) checkGraph(body, defined.values());
}
