import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** Least squared length: a row of zeros (all its units dead) would otherwise have the gradient 0 times infinity. */
const least = 1e-30;

/**
 * Each vector along axis 1 divided by its Euclidean length plus `smallest`: rows [R, D] (`Normalize(2)` of the
 * published networks) or the pixels of [N, C, H, W].
 */
export function toUnitLength(scope: Scope, rows: Value, smallest = 1e-7): Value {
  const { graph } = scope;
  const length = graph.Sqrt(graph.Max(graph.ReduceSum(graph.Mul(rows, rows), [1]), least));
  return graph.Div(rows, graph.Add(length, smallest));
}
