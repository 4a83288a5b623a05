import { UnpairedError } from '../core/errors.ts';
import { shapeText } from './dimension.ts';
import type { ValueType } from './ir.ts';

/** A graph that cannot be: names the node, its operator and the shapes that do not fit. */
export class GraphError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'GRAPH_INVALID', status: 500 });
  }
}

export function typeText(type: ValueType | undefined): string {
  return type === undefined ? 'none' : `${type.dtype}${shapeText(type.shape)}`;
}
