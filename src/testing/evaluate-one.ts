import type { Tensor } from '../core/tensor.ts';
import type { Graph } from '../onnx/ir.ts';
import { evaluate } from './evaluate.ts';

/** Really runs a graph, for tests that look at one output only: its first. */
export async function evaluateOne(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const outputs = await evaluate(graph, feeds);
  return outputs[graph.outputs[0]?.name ?? ''] as Tensor;
}
