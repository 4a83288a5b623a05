import { tensor } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import type { StepBuilder } from '../step/step-builder.ts';

/**
 * What mirrors left to right in one half of the steps, and does nothing in the other.
 * @param name of the feed that says which it is, a boolean
 */
export function randomMirror(builder: StepBuilder, name: string): (x: Value) => Value {
  const g = builder.graph;
  const mirrored = builder.drawnOnce(name, 'bool', [], (_, random) =>
    tensor('bool', [], Uint8Array.of(random.integer(2))),
  );
  const reversed = { starts: [-1], ends: [-Number.MAX_SAFE_INTEGER], axes: [3], steps: [-1] };
  return (x) => g.Where(mirrored, g.Slice(x, reversed), x);
}
