import { Random } from '../../core/random.ts';
import { type Tensor, zeros } from '../../core/tensor.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import { averagedNetworks, type Method, networkOf } from '../methods/method.ts';

/*
 * The training state is one flat map from names to tensors, which is what a checkpoint holds:
 *
 *   generator.model.1.weight                          parameters and running statistics, network by network
 *   adam.generator.mean/generator.model.1.weight      moments, optimizer by optimizer
 *   average/generator.model.1.weight                  moving averages of the translators' parameters, or others that are asked for
 *   memory/fake_B                                     what the method itself carries from step to step
 */

export type TrainingState = ReadonlyMap<string, Tensor>;

/** Type and shape of every entry of a training state, by name. */
export type StateLayout = ReadonlyMap<string, Pick<Tensor, 'dtype' | 'dims'>>;

export function parameterName(network: string, key: string): string {
  return `${network}.${key}`;
}

export function momentNames(optimizer: string, parameter: string) {
  return { mean: `adam.${optimizer}.mean/${parameter}`, variance: `adam.${optimizer}.variance/${parameter}` };
}

export function averageName(parameter: string): string {
  return `average/${parameter}`;
}

export function memoryName(memory: string): string {
  return `memory/${memory}`;
}

/** What the training state of a method holds. @param averaged with moving averages */
export function stateLayout(method: Method, averaged: boolean): StateLayout {
  const layout = new Map<string, Pick<Tensor, 'dtype' | 'dims'>>();
  const likeParameters = (network: string, nameOf: (parameter: string) => string) => {
    for (const { name, shape } of networkOf(method, network).state.parameters) {
      layout.set(nameOf(parameterName(network, name)), { dtype: 'float32', dims: shape });
    }
  };
  for (const [network, { state }] of Object.entries(method.networks)) {
    likeParameters(network, (parameter) => parameter);
    for (const { name, initial, fixed } of state.buffers) {
      if (!fixed) layout.set(parameterName(network, name), initial);
    }
  }
  for (const [optimizer, { networks }] of Object.entries(method.optimizers)) {
    for (const network of networks) {
      likeParameters(network, (parameter) => momentNames(optimizer, parameter).mean);
      likeParameters(network, (parameter) => momentNames(optimizer, parameter).variance);
    }
  }
  const averages = averaged ? averagedNetworks(method) : [];
  for (const network of averages) likeParameters(network, averageName);
  for (const [name, type] of Object.entries(method.memory ?? {})) layout.set(memoryName(name), type);
  return layout;
}

/**
 * The state before the first step: weights, averages that equal them, moments and memory of zero.
 * @param given weights of networks that are not drawn, network by network, by their keys
 */
export function initialState(
  method: Method,
  seed: number,
  averaged: boolean,
  given: ReadonlyMap<string, ReadonlyMap<string, Tensor>> = new Map(),
): TrainingState {
  const drawn = new Map<string, Tensor>();
  for (const [network, { state, initialization }] of Object.entries(method.networks)) {
    const weights =
      given.get(network) ?? initializeNetwork(state, initialization, Random.of(seed, 'initialize', network));
    for (const [key, tensor] of weights) {
      const name = parameterName(network, key);
      drawn.set(name, tensor).set(averageName(name), tensor);
    }
  }
  return new Map(
    [...stateLayout(method, averaged)].map(([name, { dtype, dims }]) => [
      name,
      drawn.get(name) ?? zeros(dtype, dims),
    ]),
  );
}

/** One network's entries as an official state_dict, from its moving average where asked for and kept. */
export function stateDictOf(
  method: Method,
  state: TrainingState,
  network: string,
  averaged: boolean,
): ReadonlyMap<string, Tensor> {
  const { parameters, buffers } = networkOf(method, network).state;
  const entries = new Map<string, Tensor>();
  for (const { name } of parameters) {
    const key = parameterName(network, name);
    const tensor = (averaged ? state.get(averageName(key)) : undefined) ?? state.get(key);
    if (tensor !== undefined) entries.set(name, tensor);
  }
  for (const { name, initial, fixed } of buffers) {
    entries.set(name, fixed ? initial : (state.get(parameterName(network, name)) ?? initial));
  }
  return entries;
}
