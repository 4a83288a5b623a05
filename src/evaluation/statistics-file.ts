import { readFile } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';
import { type Tensor, tensor, toNumbers } from '../core/tensor.ts';
import { NpyError } from './npy.ts';
import { readNpz, writeNpz } from './npz.ts';
import type { FeatureStatistics, Features } from './statistics.ts';

/** Statistics as they lie on disk: those of pytorch-fid have `mu` and `sigma`, ours the features too. */
export interface StoredStatistics {
  readonly statistics: FeatureStatistics;
  /** Needed for KID; undefined in files of other programs. */
  readonly features: Features | undefined;
}

/**
 * Reads a .npz file: `mu` [D] and `sigma` [D, D], as pytorch-fid writes them, and `features` [N, D] where present.
 * @throws NpyError when it cannot be read, or the arrays are not these
 */
export async function readStatistics(file: string): Promise<StoredStatistics> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new NpyError(file, `cannot be read: ${messageOf(cause)}`, { cause });
  });
  const arrays = readNpz(bytes, file, ['mu', 'sigma', 'features']);
  const mu = floats(arrays.get('mu'), 'mu', 1, file);
  const sigma = floats(arrays.get('sigma'), 'sigma', 2, file);
  const dimension = mu.data.length;
  if (sigma.dims.some((dim) => dim !== dimension)) {
    throw new NpyError(file, `sigma is [${sigma.dims.join(', ')}], mu has ${dimension} values`);
  }
  const data = Float64Array.from(toNumbers(sigma));
  const statistics = {
    mean: Float64Array.from(toNumbers(mu)),
    covariance: { rows: dimension, columns: dimension, data },
  };
  return { statistics, features: featuresIn(arrays.get('features'), dimension, file) };
}

function floats(array: Tensor | undefined, name: string, rank: number, file: string): Tensor {
  if (array === undefined) throw new NpyError(file, `has no array "${name}"; statistics have mu and sigma`);
  if (array.dtype.startsWith('float') && array.dims.length === rank) return array;
  throw new NpyError(
    file,
    `${name} is ${array.dtype}[${array.dims.join(', ')}], expected floats of ${rank} ${rank === 1 ? 'dimension' : 'dimensions'}`,
  );
}

function featuresIn(array: Tensor | undefined, dimension: number, file: string): Features | undefined {
  if (array === undefined) return undefined;
  const { dims, data } = floats(array, 'features', 2, file);
  if (dims[1] !== dimension) throw new NpyError(file, `features have ${dims[1]} values, mu has ${dimension}`);
  return { count: dims[0] as number, dimension, data: Float32Array.from(data as Float32Array) };
}

/** The content of such a file, with the features. */
export function statisticsFile(statistics: FeatureStatistics, features: Features): Uint8Array {
  const { mean, covariance } = statistics;
  return writeNpz({
    mu: tensor('float64', [mean.length], mean),
    sigma: tensor('float64', [covariance.rows, covariance.columns], covariance.data),
    features: tensor('float32', [features.count, features.dimension], features.data),
  });
}
