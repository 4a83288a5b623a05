import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../../core/tensor.ts';
import type { NetworkState } from '../../nn/sources.ts';
import { asSavedToday } from './saved-today.ts';

const mean = float32([2], [1, 2]);
const kernel = float32([2], [0.25, 0.75]);
const counter = 'norm.num_batches_tracked';
const state: NetworkState = {
  parameters: [],
  buffers: [
    { name: 'norm.running_mean', initial: float32([2], [0, 0]), fixed: false },
    { name: counter, initial: int64([], [0]), fixed: false },
    { name: 'one.filt', initial: kernel, fixed: true },
    { name: 'two.filt', initial: kernel, fixed: true },
  ],
};
const saved = (entries: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(asSavedToday(state, new Map(Object.entries(entries))));

const counted = { 'norm.running_mean': mean, [counter]: int64([], [7]) };
const kernels = { 'one.filt': kernel, 'two.filt': kernel };

describe('weights as they would be saved today', () => {
  it('are those of the file where nothing is old about them', () => {
    expect(saved({ ...counted, ...kernels })).toEqual({ ...counted, ...kernels });
  });

  it('lack statistics of norms without a weight, unless the network keeps them', () => {
    const old = { 'other.running_mean': mean, 'other.running_var': mean, running_mean: mean };
    expect(saved({ ...counted, ...kernels, ...old })).toEqual({ ...counted, ...kernels });
  });

  it('keep statistics of a norm with a weight: a batch norm that the network does not have', () => {
    const other = { 'other.weight': mean, 'other.running_mean': mean };
    expect(saved({ ...counted, ...kernels, ...other })).toEqual({ ...counted, ...kernels, ...other });
  });

  it.each([
    ['no counter', {}],
    ['a counter of floats', { [counter]: float32([], [7]) }],
  ])('count batches from zero where the file has %s', (_, old) => {
    expect(saved({ 'norm.running_mean': mean, ...old, ...kernels })[counter]).toEqual(int64([], [0]));
  });

  it('have no counter without the mean that it belongs to', () => {
    expect(saved(kernels)).toEqual(kernels);
  });

  it('have both singular vectors of a spectral norm, and not the weight that was divided', () => {
    const old = {
      'conv.weight': float32([2, 1, 1, 2], [9, 9, 9, 9]),
      'conv.weight_orig': float32([2, 1, 1, 2], [1, 2, 3, 0]),
      'conv.weight_u': float32([2], [0, 1]),
    };
    const { 'conv.weight_v': v, ...others } = saved({ ...counted, ...kernels, ...old });
    const { 'conv.weight': _, ...kept } = old;
    expect(others).toEqual({ ...counted, ...kernels, ...kept });
    // W^T u = (3, 0)
    expect(v).toEqual(float32([2], [1, 0]));
    const own = { ...kept, 'conv.weight_v': float32([2], [0, 1]) };
    expect(saved({ ...counted, ...kernels, ...own })).toEqual({ ...counted, ...kernels, ...own });
  });

  it('have our kernels where the file has none, but not where it has some', () => {
    expect(saved(counted)).toEqual({ ...counted, ...kernels });
    expect(saved({ ...counted, 'one.filt': kernel })).toEqual({ ...counted, 'one.filt': kernel });
  });
});
