import type { Value } from '../../../onnx/ir.ts';
import type { Scope } from '../../scope.ts';

/** x [N, C, h, w] and a code [N, K], which is repeated at every place -> [N, C + K, h, w]. */
export function joinCode({ graph }: Scope, x: Value, code: Value): Value {
  const sides = graph.Slice(graph.Shape(x), { starts: [2], ends: [4], axes: [0] });
  const everywhere = graph.Concat([graph.integers([1, 1]), sides], 0);
  return graph.Concat([x, graph.Expand(graph.Unsqueeze(code, [2, 3]), everywhere)], 1);
}
