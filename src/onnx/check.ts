import { elementCount } from '../core/tensor.ts';
import { sameShape } from './dimension.ts';
import { GraphError, typeText } from './errors.ts';
import type { Graph, Node, Value } from './ir.ts';
import { inferTypes } from './operators/infer.ts';

/**
 * What a legal graph is: every name is defined once and before its use, constants hold what they declare, every
 * operator's inputs and attributes fit, and every output has the type that its operator's inference gives.
 *
 * @param outer values of the graph around it that a body may use; undefined for a whole graph
 * @throws GraphError
 */
export function checkGraph(graph: Graph, outer?: Iterable<Value>): void {
  const defined: Defined = new Map();
  for (const value of outer ?? []) defined.set(value.name, value);
  for (const value of graph.inputs) define(graph, defined, value);
  for (const value of graph.constants) {
    checkConstant(graph, value);
    define(graph, defined, value);
  }
  for (const node of graph.nodes) checkNode(graph, defined, node);
  for (const output of graph.outputs) requireDefined(graph, defined, output, 'an output of the graph');
  // The outputs of a body go by their places, those of a whole graph by their names.
  if (outer === undefined) requireDistinct(graph);
}

function checkNode(graph: Graph, defined: Defined, node: Node): void {
  for (const input of node.inputs) if (input) requireDefined(graph, defined, input, `node ${node.name}`);
  checkTypes(graph, node);
  checkBody(node, defined);
  for (const output of node.outputs) {
    define(graph, defined, output);
    if (output.producer !== node) {
      throw new GraphError(
        `graph ${graph.name}: "${output.name}" does not name ${node.name} as its producer`,
      );
    }
  }
}

function checkConstant(graph: Graph, value: Value): void {
  const { name, constant } = value;
  if (constant === undefined)
    throw new GraphError(`graph ${graph.name}: the constant "${name}" holds nothing`);
  if (constant.dtype !== value.dtype || !sameShape(constant.dims, value.shape)) {
    const held = typeText({ dtype: constant.dtype, shape: constant.dims });
    throw new GraphError(
      `graph ${graph.name}: the constant "${name}" is declared ${typeText(value)}, holds ${held}`,
    );
  }
  if (constant.data.length !== elementCount(constant.dims)) {
    throw new GraphError(
      `graph ${graph.name}: the constant "${name}" of ${typeText(value)} holds ${constant.data.length} elements`,
    );
  }
}

function requireDistinct(graph: Graph): void {
  const seen = new Set<string>();
  for (const { name } of graph.outputs) {
    if (seen.has(name)) throw new GraphError(`graph ${graph.name}: the output "${name}" is listed twice`);
    seen.add(name);
  }
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
