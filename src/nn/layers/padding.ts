import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/** What stands around the picture: zeros, the picture mirrored at its border pixel, or its border pixel repeated. */
export type PaddingMode = 'zero' | 'reflect' | 'edge';

/** Pixels added at each side: one number for all, or [top, left, bottom, right]. */
export type Padding = number | readonly [top: number, left: number, bottom: number, right: number];

const onnxModes = { zero: 'constant', reflect: 'reflect', edge: 'edge' } as const;

/** x: [N, C, H, W] -> [N, C, H + top + bottom, W + left + right]. */
export function pad(scope: Scope, x: Value, padding: Padding, mode: PaddingMode): Value {
  const [top, left, bottom, right] = sidesOf(padding);
  return scope.graph.Pad(x, [0, 0, top, left, 0, 0, bottom, right], onnxModes[mode]);
}

/** [top, left, bottom, right], which is ONNX's order of a convolution's `pads`. */
export function sidesOf(padding: Padding): readonly [number, number, number, number] {
  const sides = typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
  if (sides.some((side) => !Number.isInteger(side) || side < 0)) {
    throw new InvalidArgumentError(`padding is given in whole pixels from 0, got ${sides.join(', ')}`);
  }
  return sides;
}
