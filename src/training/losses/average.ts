import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';

/** Mean of losses of one shape, element by element. */
export function average(g: GraphBuilder, losses: readonly Value[]): Value {
  return g.Div(
    losses.reduce((sum, loss) => g.Add(sum, loss)),
    losses.length,
  );
}
