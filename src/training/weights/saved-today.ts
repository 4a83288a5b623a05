import { int64 } from '../../core/tensor.ts';
import type { NetworkState } from '../../nn/sources.ts';
import { type StateDict, siblingOf } from '../pytorch/index.ts';
import { withBothSingularVectors } from './singular-vectors.ts';

const statistic = /(?:^|\.)(?:running_mean|running_var|num_batches_tracked)$/;

/**
 * Weights of a published file as PyTorch and the published code of today would save them for the network. Four habits
 * of older files are allowed for, as PyTorch's own loading does:
 * - instance norms of before PyTorch 0.4 saved running statistics that nothing reads: they are left out;
 * - batch norms of before PyTorch 0.4.1 did not count their batches, and who turns a whole file into floats turns the
 *   counters too: zero, as nothing is computed from them;
 * - spectral norms of before PyTorch 1.0, and DRIT's own, saved the weight that they had divided and only one of their two
 *   singular vectors: the weight is left out, the other vector is where the next power iteration would find it;
 * - the fixed kernels of the blurs may be missing, all together: they are known.
 */
export function asSavedToday(state: NetworkState, weights: StateDict): StateDict {
  const current = withCounters(state, withoutUnusedStatistics(state, weights));
  return withKernels(state, withBothSingularVectors(current));
}

/** Statistics of a layer that has no weight and keeps none are those of an instance norm. */
function withoutUnusedStatistics({ parameters, buffers }: NetworkState, weights: StateDict): StateDict {
  const needed = new Set([...parameters, ...buffers].map(({ name }) => name));
  const isUnused = (key: string) =>
    statistic.test(key) && !needed.has(key) && !weights.has(siblingOf(key, 'weight'));
  return new Map([...weights].filter(([key]) => !isUnused(key)));
}

function withCounters({ buffers }: NetworkState, weights: StateDict): StateDict {
  const uncounted = buffers.filter(
    ({ name, initial }) =>
      name.endsWith('num_batches_tracked') &&
      weights.get(name)?.dtype !== initial.dtype &&
      weights.has(siblingOf(name, 'running_mean')),
  );
  return new Map([...weights, ...uncounted.map(({ name }) => [name, int64([], [0])] as const)]);
}

function withKernels({ buffers }: NetworkState, weights: StateDict): StateDict {
  const kernels = buffers.filter(({ fixed }) => fixed);
  if (kernels.some(({ name }) => weights.has(name))) return weights;
  return new Map([...weights, ...kernels.map(({ name, initial }) => [name, initial] as const)]);
}
