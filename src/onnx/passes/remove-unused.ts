import type { Graph, Node, Value } from '../ir.ts';
import { definitionOf } from '../operators/index.ts';
import type { PassResult } from './pass.ts';
import { Substitution } from './substitution.ts';

/**
 * Takes out nodes and constants that no output depends on, and optional outputs that nobody reads (the indices of
 * MaxPool cost a slower kernel). Inputs stay: they are the graph's interface.
 */
export function removeUnused(graph: Graph): PassResult {
  const used = new Set<Value>();
  collectUsed(graph, used);
  return sweep(graph, used, new Substitution());
}

/** From the back to the front, so that one walk is enough; what a body uses is used. */
function collectUsed(graph: Graph, used: Set<Value>): void {
  for (const output of graph.outputs) used.add(output);
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => used.has(output))) continue;
    for (const input of node.inputs) if (input) used.add(input);
    const body = node.attributes.body as Graph | undefined;
    if (body !== undefined) collectUsed(body, used);
  }
}

function sweep(graph: Graph, used: ReadonlySet<Value>, substitution: Substitution): PassResult {
  const nodes = graph.nodes
    .filter((node) => node.outputs.some((output) => used.has(output)))
    .map((node) =>
      substitution.node(node, (body) => sweep(body, used, substitution).graph, outputCount(node, used)),
    );
  return substitution.finish(graph, { nodes, constants: graph.constants.filter((value) => used.has(value)) });
}

function outputCount(node: Node, used: ReadonlySet<Value>): number {
  const required = definitionOf(node.operator).requiredOutputs ?? node.outputs.length;
  return Math.max(required, node.outputs.findLastIndex((output) => used.has(output)) + 1);
}
