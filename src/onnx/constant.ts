import { type Tensor, toNumbers } from '../core/tensor.ts';
import type { Value } from './ir.ts';

/** A constant of a graph; vectors of sizes have known contents. */
export function constantValue(name: string, constant: Tensor, named = false): Value {
  const holdsSizes = constant.dtype === 'int64' && constant.dims.length <= 1;
  return {
    name,
    dtype: constant.dtype,
    shape: constant.dims,
    contents: holdsSizes ? toNumbers(constant) : undefined,
    producer: undefined,
    constant,
    named,
  };
}
