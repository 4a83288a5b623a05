import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';

/** A Loop that always runs `trips` times: `step` gives the carried values' next ones, then any scan outputs. */
export function repeat(
  g: GraphBuilder,
  trips: number,
  carried: readonly Value[],
  step: (body: GraphBuilder, carried: readonly Value[], iteration: Value) => readonly Value[],
): readonly Value[] {
  const b = g.body('step');
  const iteration = b.input('iteration', 'int64', []);
  const condition = b.input('condition', 'bool', []);
  const states = carried.map(({ dtype, shape }, index) => b.input(`state_${index + 1}`, dtype, shape));
  return g.Loop(g.integers([trips]), carried, b.build([condition, ...step(b, states, iteration)]));
}
