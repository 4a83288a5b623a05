import { InvalidArgumentError } from '../../../core/errors.ts';
import type { GraphBuilder } from '../../../onnx/builder.ts';
import { shapeText } from '../../../onnx/dimension.ts';
import type { Value } from '../../../onnx/ir.ts';
import { linearResize } from '../../layers/linear-resize.ts';

/**
 * What two domains have in common (EGSDE's domain-independent feature extractor): planes [N, C, H, W] made smaller by
 * `factor` and as large again, which leaves colours and coarse shapes. It has no weights.
 * @throws InvalidArgumentError when a side is no multiple of the factor
 */
export function lowPass(g: GraphBuilder, planes: Value, factor: number): Value {
  const sides = planes.shape.slice(2);
  if (!sides.every((side) => typeof side === 'number' && side % factor === 0)) {
    throw new InvalidArgumentError(
      `a low pass by ${factor} needs sides that are multiples of it, got ${shapeText(planes.shape)}`,
    );
  }
  return linearResize(g, linearResize(g, planes, 1 / factor), factor);
}
