import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** One entry of a torch Sequential; its place in the list is its key in the state_dict. */
export interface SequentialLayer {
  readonly apply: (scope: Scope, x: Value) => Value;
  /** Writes its result over its input, so that whoever kept the input sees the result (`ReLU(True)`). */
  readonly inPlace?: boolean;
}

/**
 * Applies layers 0 to `last`, each in the scope of its index.
 * @returns what torch would hold as the output of each layer when all have run: a tensor that a later layer has
 * overwritten in place is given as it was left, which is what the published feature extraction sees
 */
export function runSequential(
  scope: Scope,
  layers: readonly SequentialLayer[],
  x: Value,
  last = layers.length - 1,
): Value[] {
  const outputs: Value[] = [];
  let current = x;
  for (const [index, layer] of layers.slice(0, last + 1).entries()) {
    const next = layer.apply(scope.child(index), current);
    if (layer.inPlace) overwrite(outputs, current, next);
    outputs.push(next);
    current = next;
  }
  return outputs;
}

function overwrite(outputs: Value[], old: Value, replacement: Value): void {
  for (const [index, output] of outputs.entries()) if (output === old) outputs[index] = replacement;
}
