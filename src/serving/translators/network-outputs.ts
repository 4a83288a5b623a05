import { InternalError } from '../../core/errors.ts';
import type { TensorInterface } from '../../core/manifest.ts';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { NamedTensors } from '../batcher.ts';
import type { AttributeCode } from '../guidance/attribute-code.ts';
import type { ReportProgress } from './translator.ts';

/** What a network gave under a name. @throws InternalError when it gave nothing */
export function outputOf(outputs: NamedTensors, { name }: TensorInterface, network: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new InternalError(`network "${network}" gave no output "${name}"`);
  return tensor;
}

/** Codes as rows [n, size]. */
export function codeRows(codes: readonly AttributeCode[], size: number): Tensor<'float32'> {
  return float32([codes.length, size], codes.flat());
}

/**
 * A run for each code, side by side, so that the scheduler may put as many into a batch as pay, with those of other
 * requests, and what is more urgent need not wait for all of them.
 * @param rows [n, size]
 * @returns in the order of the rows
 */
export function forEachCode<T>(
  rows: Tensor,
  make: (code: AttributeCode) => Promise<T>,
  report: ReportProgress,
): Promise<T[]> {
  const [count = 0, size = 0] = rows.dims;
  const numbers = toNumbers(rows);
  let done = 0;
  return Promise.all(
    Array.from({ length: count }, async (_, row) => {
      const made = await make(numbers.slice(row * size, (row + 1) * size));
      done++;
      if (count > 1) report(done / count);
      return made;
    }),
  );
}
