import { InvalidArgumentError } from '../../core/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import type { Scope } from '../scope.ts';

/**
 * Gives the mask for one dropout layer: of the shape of x, 0 where a value is dropped and 1 / (1 - rate) elsewhere.
 * Whoever trains makes masks graph inputs filled from a seeded stream: random operators inside the graph would make
 * a resumed run differ.
 */
export type DropoutMask = (x: Value) => Value;

/** Dropout (Srivastava et al. 2014): the mask times x in training, x itself in evaluation. */
export function dropout(scope: Scope, x: Value, mask: DropoutMask | undefined): Value {
  if (!scope.training) return x;
  if (mask === undefined) {
    throw new InvalidArgumentError('a network with dropout needs a dropoutMask while it trains');
  }
  return scope.graph.Mul(x, mask(x));
}
