import { allocate, type DType, elementCount, type Tensor } from '../../core/tensor.ts';

/** Some rows of a tensor [N, ...], in the order of the indices. */
export function rowsAt<T extends DType>(
  { dtype, dims, data }: Tensor<T>,
  indices: readonly number[],
): Tensor<T> {
  const size = elementCount(dims.slice(1));
  const taken = allocate(dtype, indices.length * size);
  for (const [slot, index] of indices.entries()) {
    // The union of typed arrays does not say that both are of one type.
    const row = data.subarray(index * size, (index + 1) * size) as Float32Array;
    (taken as Float32Array).set(row, slot * size);
  }
  return { dtype, dims: [indices.length, ...dims.slice(1)], data: taken };
}
