import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** Added to a row's length before dividing by it. */
const smallest = 1e-7;
/** Least squared length: a row of zeros (all its units dead) would otherwise have the gradient 0 times infinity. */
const least = 1e-30;

/** `Normalize(2)` of the published networks: rows [R, D], each divided by its Euclidean length plus 1e-7. */
export function toUnitLength(scope: Scope, rows: Value): Value {
  const { graph } = scope;
  const length = graph.Sqrt(graph.Max(graph.ReduceSum(graph.Mul(rows, rows), [1]), least));
  return graph.Div(rows, graph.Add(length, smallest));
}
