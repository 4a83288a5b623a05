import type { DType } from '../core/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Dim } from '../onnx/dimension.ts';
import type { Value } from '../onnx/ir.ts';

/** A Loop that always runs `trips` times: `step` gives the carried values' next ones, then any scan outputs. */
export function repeat(
  g: GraphBuilder,
  trips: number,
  carried: readonly Value[],
  step: (body: GraphBuilder, carried: readonly Value[], iteration: Value) => readonly Value[],
): readonly Value[] {
  const b = g.body(`${g.name}_step${g.appended.length}`);
  const input = (what: string, dtype: DType, shape: readonly Dim[]) =>
    b.input(`${b.name}_${what}`, dtype, shape);
  const iteration = input('iteration', 'int64', []);
  const condition = input('condition', 'bool', []);
  const states = carried.map(({ dtype, shape }, index) => input(`state${index}`, dtype, shape));
  return g.Loop(g.integers([trips]), carried, b.build([condition, ...step(b, states, iteration)]));
}
