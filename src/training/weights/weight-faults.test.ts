import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, zeros } from '../../core/tensor.ts';
import type { NetworkState } from '../../nn/sources.ts';
import { weightFaults } from './weight-faults.ts';

const parameter = { name: 'a.weight', shape: [2, 1], role: 'linear-weight', fanIn: 1, fanOut: 2 } as const;
const state: NetworkState = {
  parameters: [parameter],
  buffers: [
    { name: 'b.filt', initial: float32([2], [0.25, 0.75]), fixed: true },
    { name: 'c.num_batches_tracked', initial: int64([], [0]), fixed: false },
  ],
};

const weightsWith = (changes: Readonly<Record<string, Tensor>> = {}) =>
  new Map<string, Tensor>([
    ['a.weight', zeros('float32', [2, 1])],
    ['b.filt', float32([2], [0.25, 0.75])],
    ['c.num_batches_tracked', int64([], [7])],
    ...Object.entries(changes),
  ]);

describe('weights of a network', () => {
  it('have no faults', () => {
    expect(weightFaults(state, weightsWith(), { fixedAsOurs: true })).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, Tensor>>, string]>([
    ['left over', { 'd.bias': zeros('float32', [3]) }, 'left over: d.bias [3]'],
    [
      'of another shape',
      { 'a.weight': zeros('float32', [1, 2]) },
      'of another shape: a.weight is [1, 2] and not [2, 1]',
    ],
    [
      'of another type',
      { 'c.num_batches_tracked': float32([], [7]) },
      'of another type: c.num_batches_tracked is float32 and not int64',
    ],
    [
      'not finite',
      { 'a.weight': float32([2, 1], [0, Number.NEGATIVE_INFINITY]) },
      'not finite: a.weight (element 1 is -Infinity)',
    ],
  ])('must not be %s', (_, changes, message) => {
    expect(weightFaults(state, weightsWith(changes))).toBe(message);
  });

  it('have all that they are faulted for in one text, each kind once', () => {
    const weights = weightsWith({ 'd.bias': zeros('float32', [3]), 'e.bias': zeros('float32', []) });
    weights.delete('a.weight');
    weights.delete('b.filt');
    expect(weightFaults(state, weights)).toBe(
      'missing: a.weight [2, 1], b.filt [2]; left over: d.bias [3], e.bias []',
    );
  });

  it('may have other fixed kernels, except where they must be ours', () => {
    const near = weightsWith({ 'b.filt': float32([2], [0.25, 0.7500001]) });
    const far = weightsWith({ 'b.filt': float32([2], [0.5, 0.5]) });
    expect(weightFaults(state, near, { fixedAsOurs: true })).toBeUndefined();
    expect(weightFaults(state, far)).toBeUndefined();
    expect(weightFaults(state, far, { fixedAsOurs: true })).toBe(
      'not what they are fixed to: b.filt (off by 0.25)',
    );
  });

  it('are named by the first keys only, and how many more there are', () => {
    const keys = Array.from({ length: 10 }, (_, index) => `d${index}`);
    const strange = keys.map((key) => [key, zeros('float32', [1])] as const);
    expect(weightFaults(state, weightsWith(Object.fromEntries(strange)))).toMatch(
      /^left over: (?:d\d \[1\], ){7}d7 \[1\] and 2 more$/,
    );
  });
});
