import type { Tensor } from '../core/tensor.ts';
import type { NetworkState } from '../nn/sources.ts';
import type { StateDict } from './pytorch/index.ts';
import { asSavedToday } from './weights/saved-today.ts';
import { weightFaults } from './weights/weight-faults.ts';

/** Why a network cannot begin with the weights, for a message; undefined when it can. */
export function misfits(state: NetworkState, weights: StateDict): string | undefined {
  return weightFaults(state, asSavedToday(state, weights), { fixedAsOurs: true });
}

/** The entries of weights without misfits that a network trains: all but the fixed kernels. */
export function trainedEntries(state: NetworkState, weights: StateDict): StateDict {
  const fitting = asSavedToday(state, weights);
  const trained = [...state.parameters, ...state.buffers.filter(({ fixed }) => !fixed)];
  return new Map(trained.map(({ name }) => [name, fitting.get(name) as Tensor]));
}
