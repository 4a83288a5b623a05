import { GraphError, typeText } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';

/** Size of one axis of a layer's input, which has to be known because parameters are as large as it. */
export function knownSize(x: Value, axis: number): number {
  const size = x.shape.at(axis);
  if (typeof size === 'number') return size;
  throw new GraphError(
    `a layer needs to know the size of axis ${axis} of its input ${x.name}, which is ${typeText(x)}`,
  );
}

/** Channels of x: [N, C, ...]. */
export function channelsOf(x: Value): number {
  return knownSize(x, 1);
}
