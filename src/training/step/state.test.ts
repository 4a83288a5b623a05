import { describe, expect, it } from 'vitest';
import { type Tensor, zeros } from '../../core/tensor.ts';
import { methodOf } from '../methods/index.ts';
import { networkOf } from '../methods/method.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { initialState, stateDictOf, stateLayout } from './state.ts';

const method = methodOf(tinyConfig());

const typesOf = (state: ReadonlyMap<string, Pick<Tensor, 'dtype' | 'dims'>>) =>
  new Map([...state].map(([name, { dtype, dims }]) => [name, `${dtype}[${dims}]`]));

describe('names', () => {
  const names = [...stateLayout(method, true).keys()];

  it('are those that runs have been stored with', () => {
    expect(names).toContain('generator.model.1.weight');
    expect(names).toContain('discriminator.model.0.bias');
    expect(names).toContain('patchSampler.mlp_0.2.weight');
    expect(names).toContain('adam.generator.mean/generator.model.1.weight');
    expect(names).toContain('adam.generator.variance/patchSampler.mlp_3.0.bias');
    expect(names).toContain('adam.discriminator.mean/discriminator.model.0.bias');
    expect(names).toContain('average/generator.model.1.weight');
  });

  it('are of one of these kinds, and blur kernels are not among them', () => {
    const kind =
      /^(?:adam\.(?:generator\.(?:mean|variance)\/(?:generator|patchSampler)|discriminator\.(?:mean|variance)\/discriminator)|average\/generator|generator|discriminator|patchSampler)\.[\w.]+$/;
    expect(names.filter((name) => !kind.test(name))).toEqual([]);
    expect(names.filter((name) => name.endsWith('.filt'))).toEqual([]);
  });
});

describe('the initial state', () => {
  const state = initialState(method, 5, true);
  const numbers = (name: string) => state.get(name)?.data as Float32Array;

  it.each([false, true])('has the layout that it is checked against (averaged: %s)', (averaged) => {
    expect(typesOf(initialState(method, 5, averaged))).toEqual(typesOf(stateLayout(method, averaged)));
  });

  it('has drawn weights, averages that equal them, and moments of zero', () => {
    for (const name of stateLayout(method, true).keys()) {
      if (name.startsWith('average/')) expect(numbers(name)).toEqual(numbers(name.slice('average/'.length)));
      else if (name.startsWith('adam.')) expect(numbers(name).every((value) => value === 0)).toBe(true);
      else if (name.endsWith('.weight')) expect(numbers(name).every((value) => value !== 0)).toBe(true);
    }
  });

  it('has a memory of zeros where a method has one', () => {
    const remembering = { ...method, memory: { fakes: { dtype: 'float32', dims: [2, 1] } } } as const;
    expect(stateLayout(remembering, false).get('memory/fakes')).toEqual({ dtype: 'float32', dims: [2, 1] });
    expect(initialState(remembering, 0, false).get('memory/fakes')).toEqual(zeros('float32', [2, 1]));
  });

  it('depends on the seed alone', () => {
    expect(initialState(method, 5, true)).toEqual(state);
    const other = initialState(method, 6, true).get('generator.model.1.weight');
    expect(other?.data).not.toEqual(numbers('generator.model.1.weight'));
  });

  it('keeps what batch norm counts', () => {
    const normalized = methodOf(tinyConfig({ options: { generator: { normalization: 'batch' } } }));
    const types = typesOf(initialState(normalized, 0, true));
    expect(types.get('generator.model.2.running_mean')).toBe('float32[2]');
    expect(types.get('generator.model.2.num_batches_tracked')).toBe('int64[]');
    expect(types.has('average/generator.model.2.running_mean')).toBe(false);
  });
});

describe('stateDictOf', () => {
  const state = new Map(initialState(method, 5, true));
  const average = { ...(state.get('average/generator.model.1.weight') as Tensor) };
  average.data = new Float32Array(average.data.length).fill(7);
  state.set('average/generator.model.1.weight', average);

  it('is the network with every key of its state_dict, blur kernels too', () => {
    const { parameters, buffers } = networkOf(method, 'generator').state;
    const keys = [...parameters, ...buffers].map(({ name }) => name);
    expect([...stateDictOf(method, state, 'generator', false).keys()].sort()).toEqual(keys.sort());
  });

  it('takes the averages where they are asked for and kept', () => {
    const weight = (network: string, key: string, averaged: boolean) =>
      stateDictOf(method, state, network, averaged).get(key);
    expect(weight('generator', 'model.1.weight', true)).toBe(average);
    expect(weight('generator', 'model.1.weight', false)).toBe(state.get('generator.model.1.weight'));
    expect(weight('discriminator', 'model.0.weight', true)).toBe(state.get('discriminator.model.0.weight'));
  });

  it('refuses a network that the method does not have', () => {
    expect(() => stateDictOf(method, state, 'generatorBtoA', false)).toThrow(
      'the method has no network "generatorBtoA"',
    );
  });
});
