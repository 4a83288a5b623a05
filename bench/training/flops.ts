import { InvalidArgumentError } from '../../src/core/errors.ts';
import { elementCount } from '../../src/core/tensor.ts';
import { isStatic, shapeText } from '../../src/onnx/dimension.ts';
import type { Graph, Node, Value } from '../../src/onnx/ir.ts';
import type { OperatorName } from '../../src/onnx/operators/index.ts';

/** Floating-point operations of one run of a graph. */
export interface FlopCount {
  readonly total: number;
  /** Operators that count, most first. */
  readonly byOperator: ReadonlyMap<OperatorName, number>;
}

/**
 * Counts what the graph's products of matrices cost: Conv, ConvTranspose, MatMul and Gemm, in the forward pass as in
 * the gradients (the gradient of a convolution's weights is a MatMul here). A multiplication and its addition are two.
 * Products with the zeros of padding count, as everywhere in the field; biases, norms, activations, losses and the
 * optimizer do not: they are bound by memory, not by arithmetic.
 * @throws InvalidArgumentError when a size is only known at a run
 */
export function countFlops(graph: Graph): FlopCount {
  const byOperator = new Map<OperatorName, number>();
  addFlops(graph, 1, byOperator);
  const sorted = [...byOperator].sort(([, left], [, right]) => right - left);
  return { total: sorted.reduce((sum, [, flops]) => sum + flops, 0), byOperator: new Map(sorted) };
}

function addFlops(graph: Graph, runs: number, byOperator: Map<OperatorName, number>): void {
  for (const node of graph.nodes) {
    const { body } = node.attributes;
    if (isGraph(body)) addFlops(body, runs * tripCount(node), byOperator);
    const flops = flopsOf[node.operator]?.(node);
    if (flops) byOperator.set(node.operator, (byOperator.get(node.operator) ?? 0) + runs * flops);
  }
}

const flopsOf: Partial<Record<OperatorName, (node: Node) => number>> = {
  /** Each output element is a sum over one group's channels and the kernel; weights are [out, in / groups, kernel...]. */
  Conv: (node) => 2 * elementCount(output(node)) * elementCount(input(node, 1).slice(1)),
  /** Each input element meets one group's outputs and the kernel; weights are [in, out / groups, kernel...]. */
  ConvTranspose: (node) => 2 * elementCount(input(node, 0)) * elementCount(input(node, 1).slice(1)),
  MatMul: (node) => 2 * elementCount(output(node)) * (input(node, 0).at(-1) as number),
  Gemm: (node) => {
    const inner = input(node, 0)[node.attributes.transA ? 0 : 1] as number;
    return 2 * elementCount(output(node)) * inner;
  },
};

function input(node: Node, index: number): readonly number[] {
  return sizes(node, node.inputs[index]);
}

function output(node: Node): readonly number[] {
  return sizes(node, node.outputs[0]);
}

function sizes(node: Node, value: Value | undefined): readonly number[] {
  if (value !== undefined && isStatic(value.shape)) return value.shape;
  throw new InvalidArgumentError(
    `${node.name} works on ${value?.name} of shape ${shapeText(value?.shape ?? [])}; operations are counted where every size is a number`,
  );
}

function tripCount(node: Node): number {
  const trips = node.inputs[0]?.contents?.[0];
  if (typeof trips === 'number') return trips;
  throw new InvalidArgumentError(`${node.name} runs its body an unknown number of times`);
}

function isGraph(attribute: Node['attributes'][string] | undefined): attribute is Graph {
  return typeof attribute === 'object' && 'nodes' in attribute;
}
