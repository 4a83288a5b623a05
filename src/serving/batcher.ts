import { InternalError } from '../core/errors.ts';
import { allocate, type DType, type Tensor } from '../core/tensor.ts';

/** Tensors by the name of a graph input or output; the first dimension of each counts the items. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Items in a set of tensors: their first dimension. */
export function itemCount(tensors: NamedTensors): number {
  return Object.values(tensors)[0]?.dims[0] ?? 0;
}

/**
 * Names everything that must be equal for two requests to share a run: the network, and dtype and shape
 * (without the item dimension) of each input.
 */
export function batchKey(network: string, feeds: NamedTensors): string {
  const inputs = Object.entries(feeds).map(
    ([name, { dtype, dims }]) => `${name}:${dtype}[${dims.slice(1).join(',')}]`,
  );
  return [network, ...inputs.sort()].join('|');
}

/**
 * Joins the feeds of several requests along the first dimension, in order.
 * @param requests feeds with equal batch keys; at least one
 */
export function joinFeeds(requests: readonly NamedTensors[]): Record<string, Tensor> {
  const [first] = requests;
  if (first === undefined) throw new InternalError('a batch of no requests');
  if (requests.length === 1) return { ...first };
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, join(requests.map((feeds) => feeds[name] as Tensor))]),
  );
}

function join(parts: readonly Tensor[]): Tensor {
  const { dtype, dims } = parts[0] as Tensor;
  const items = parts.reduce((sum, part) => sum + (part.dims[0] as number), 0);
  const length = parts.reduce((sum, part) => sum + part.data.length, 0);
  const data = allocate(dtype, length);
  let offset = 0;
  for (const part of parts) {
    copyInto(data, part.data, offset);
    offset += part.data.length;
  }
  return { dtype, dims: [items, ...dims.slice(1)], data };
}

/** `set` between arrays of one element type; the type of the union does not say that they are the same. */
function copyInto(target: Tensor['data'], source: Tensor['data'], offset: number): void {
  (target as Uint8Array).set(source as Uint8Array, offset);
}

/**
 * Gives each request its own rows of a batch's outputs. The parts are copies: a view would keep the whole
 * batch in memory for as long as its slowest client.
 * @param counts items of each request, in the order of {@link joinFeeds}
 */
export function splitOutputs(outputs: NamedTensors, counts: readonly number[]): Record<string, Tensor>[] {
  if (counts.length === 1) return [{ ...outputs }];
  const items = counts.reduce((sum, count) => sum + count, 0);
  let start = 0;
  return counts.map((count) => {
    const rows = { start, count };
    start += count;
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, takeRows(tensor, rows, items, name)]),
    );
  });
}

function takeRows<T extends DType>(
  tensor: Tensor<T>,
  rows: { start: number; count: number },
  items: number,
  name: string,
): Tensor<T> {
  const [first, ...rest] = tensor.dims;
  if (first !== items) {
    throw new InternalError(`output "${name}" has ${first ?? 'no'} rows for a batch of ${items} items`);
  }
  const stride = tensor.data.length / items;
  const data = tensor.data.slice(
    rows.start * stride,
    (rows.start + rows.count) * stride,
  ) as Tensor<T>['data'];
  return { dtype: tensor.dtype, dims: [rows.count, ...rest], data };
}
