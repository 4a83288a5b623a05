import { Random } from '../../core/random.ts';
import { type Tensor, zeros } from '../../core/tensor.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import type { Method } from '../methods/method.ts';

/*
 * The training state is one flat map from names to tensors, which is what a checkpoint holds:
 *
 *   generator.model.1.weight                          parameters and running statistics, network by network
 *   adam.generator.mean/generator.model.1.weight      moments, optimizer by optimizer
 *   average/generator.model.1.weight                  moving averages of the translators' parameters
 */

export type TrainingState = ReadonlyMap<string, Tensor>;

export function parameterName(network: string, key: string): string {
  return `${network}.${key}`;
}

export function momentNames(optimizer: string, parameter: string) {
  return { mean: `adam.${optimizer}.mean/${parameter}`, variance: `adam.${optimizer}.variance/${parameter}` };
}

export function averageName(parameter: string): string {
  return `average/${parameter}`;
}

/** The state before the first step. */
export function initialState(method: Method, seed: number, averaged: boolean): TrainingState {
  const state = new Map<string, Tensor>();
  for (const [network, { state: described, initialization }] of Object.entries(method.networks)) {
    const fixed = new Set(described.buffers.filter((buffer) => buffer.fixed).map(({ name }) => name));
    const tensors = initializeNetwork(described, initialization, Random.of(seed, 'initialize', network));
    for (const [key, tensor] of tensors) if (!fixed.has(key)) state.set(parameterName(network, key), tensor);
  }
  addMoments(state, method);
  if (averaged) addAverages(state, method);
  return state;
}

/** One network's entries as an official state_dict, from its moving average where asked for and kept. */
export function stateDictOf(
  method: Method,
  state: TrainingState,
  network: string,
  averaged: boolean,
): ReadonlyMap<string, Tensor> {
  const described = (method.networks[network] as Method['networks'][string]).state;
  const entries = new Map<string, Tensor>();
  for (const { name } of described.parameters) {
    const key = parameterName(network, name);
    const tensor = (averaged ? state.get(averageName(key)) : undefined) ?? state.get(key);
    if (tensor !== undefined) entries.set(name, tensor);
  }
  for (const { name, initial, fixed } of described.buffers) {
    entries.set(name, fixed ? initial : (state.get(parameterName(network, name)) ?? initial));
  }
  return entries;
}

function addMoments(state: Map<string, Tensor>, method: Method): void {
  for (const [optimizer, { networks }] of Object.entries(method.optimizers)) {
    for (const network of networks) {
      for (const { name, shape } of (method.networks[network] as Method['networks'][string]).state
        .parameters) {
        const moments = momentNames(optimizer, parameterName(network, name));
        state.set(moments.mean, zeros('float32', shape));
        state.set(moments.variance, zeros('float32', shape));
      }
    }
  }
}

function addAverages(state: Map<string, Tensor>, method: Method): void {
  for (const network of new Set(method.translators.map((translator) => translator.network))) {
    for (const { name } of (method.networks[network] as Method['networks'][string]).state.parameters) {
      const key = parameterName(network, name);
      state.set(averageName(key), state.get(key) as Tensor);
    }
  }
}
