import type { NetworkState } from '../../nn/sources.ts';
import type { StateDict } from '../pytorch/index.ts';

/** Where weights are not those of a network, each entry as a message names it. */
export interface WeightDifferences {
  /** The network needs them, the weights have them not. */
  readonly missing: readonly string[];
  /** The weights have them, the network needs them not. */
  readonly leftOver: readonly string[];
  /** Both have them, in different shapes. */
  readonly misshapen: readonly string[];
}

/** Compares the keys and shapes of weights with those of a network: parameters, running statistics and fixed kernels. */
export function weightDifferences(state: NetworkState, weights: StateDict): WeightDifferences {
  const needed = new Map<string, readonly number[]>([
    ...state.parameters.map(({ name, shape }) => [name, shape] as const),
    ...state.buffers.map(({ name, initial }) => [name, initial.dims] as const),
  ]);
  const shared = [...needed].flatMap(([key, shape]) => {
    const found = weights.get(key)?.dims;
    return found === undefined || found.join() === shape.join() ? [] : [{ key, shape, found }];
  });
  return {
    missing: [...needed].filter(([key]) => !weights.has(key)).map(([key, shape]) => `${key} ${text(shape)}`),
    leftOver: [...weights]
      .filter(([key]) => !needed.has(key))
      .map(([key, { dims }]) => `${key} ${text(dims)}`),
    misshapen: shared.map(({ key, shape, found }) => `${key} is ${text(found)} and not ${text(shape)}`),
  };
}

function text(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
