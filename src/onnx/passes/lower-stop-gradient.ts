import type { Graph, Node, Value } from '../ir.ts';
import type { PassResult } from './pass.ts';
import { Substitution } from './substitution.ts';

/** Takes out StopGradient, which ONNX does not have and which means nothing once gradients are built. */
export function lowerStopGradient(graph: Graph): PassResult {
  return lower(graph, new Substitution());
}

function lower(graph: Graph, substitution: Substitution): PassResult {
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (node.operator === 'StopGradient') {
      substitution.replace(node.outputs[0] as Value, substitution.of(node.inputs[0] as Value));
    } else {
      nodes.push(substitution.node(node, (body) => lower(body, substitution).graph));
    }
  }
  return substitution.finish(graph, { nodes });
}
