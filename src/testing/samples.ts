import { Random } from '../core/random.ts';
import { elementCount, float32, int64, type Tensor, tensor } from '../core/tensor.ts';

/** Standard normal numbers; the same key gives the same tensor. */
export function normals(dims: readonly number[], ...key: readonly (string | number)[]): Tensor<'float32'> {
  return filled(dims, key, (random) => random.normal());
}

/** Uniform in [low, high). */
export function uniforms(
  dims: readonly number[],
  [low, high]: readonly [number, number],
  ...key: readonly (string | number)[]
): Tensor<'float32'> {
  return filled(dims, key, (random) => low + (high - low) * random.uniform());
}

/** Distance of the nearest two numbers of `distinct`; none is nearer than a quarter of it to 0. */
export const distinctSpacing = 0.125;

/** Numbers of both signs that differ pairwise: small steps change neither their order nor their signs. */
export function distinct(dims: readonly number[], ...key: readonly (string | number)[]): Tensor<'float32'> {
  const count = elementCount(dims);
  const order = Random.of(0, 'distinct', ...key).permutation(count);
  return float32(
    dims,
    order.map((rank) => (rank - Math.floor(count / 2) + 0.25) * distinctSpacing),
  );
}

/** Uniform integers in [low, high). */
export function integers(
  dims: readonly number[],
  [low, high]: readonly [number, number],
  ...key: readonly (string | number)[]
): Tensor<'int64'> {
  const random = Random.of(0, 'integers', ...key);
  return int64(
    dims,
    Array.from({ length: elementCount(dims) }, () => low + random.integer(high - low)),
  );
}

/** True or false, evenly. */
export function coins(dims: readonly number[], ...key: readonly (string | number)[]): Tensor<'bool'> {
  const random = Random.of(0, 'coins', ...key);
  return tensor(
    'bool',
    dims,
    Uint8Array.from({ length: elementCount(dims) }, () => random.integer(2)),
  );
}

function filled(
  dims: readonly number[],
  key: readonly (string | number)[],
  draw: (random: Random) => number,
): Tensor<'float32'> {
  return float32(dims, Random.of(0, 'samples', ...key).fill(elementCount(dims), draw));
}
