import { z } from 'zod';

/**
 * A number of a form or a query, as people and programs write it: `2`, `.5`, `1e-7`.
 * @param range what it may be, in words
 */
export function decimalSchema(range: string, isWithin: (value: number) => boolean) {
  return z
    .string(range)
    .regex(/^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/, range)
    .transform(Number)
    .refine(isWithin, range);
}
