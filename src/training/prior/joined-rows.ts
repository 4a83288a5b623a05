import { allocate, type DType, type Tensor } from '../../core/tensor.ts';

/** Tensors [N, ...] of one shape but for N, one after the other along N. @param parts at least one */
export function joinedRows<T extends DType>(parts: readonly [Tensor<T>, ...Tensor<T>[]]): Tensor<T> {
  const [{ dtype, dims }] = parts;
  const data = allocate(
    dtype,
    parts.reduce((sum, part) => sum + part.data.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    // The union of typed arrays does not say that both are of one type.
    (data as Float32Array).set(part.data as Float32Array, offset);
    offset += part.data.length;
  }
  const rows = parts.reduce((sum, part) => sum + (part.dims[0] as number), 0);
  return { dtype, dims: [rows, ...dims.slice(1)], data };
}
