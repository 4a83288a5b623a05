import { describe, expect, it } from 'vitest';
import { float32, zeros } from '../core/tensor.ts';
import type { NetworkState } from '../nn/sources.ts';
import { requireWeights } from './network-weights.ts';

const parameter = { name: 'a.weight', shape: [2, 1], role: 'linear-weight', fanIn: 1, fanOut: 2 } as const;
const kernel = { name: 'b.filt', initial: float32([2], [0.25, 0.75]), fixed: true };
const state: NetworkState = { parameters: [parameter], buffers: [kernel] };
const weight = zeros('float32', [2, 1]);

describe('weights of a network', () => {
  it('fit when keys, shapes and fixed kernels do', () => {
    const filt = float32([2], [0.25, 0.7500001]);
    requireWeights('G', state, new Map([...Object.entries({ 'a.weight': weight, 'b.filt': filt })]));
  });

  it('may have no key too many or too few', () => {
    const entries = new Map([['b.filt', kernel.initial] as const, ['c.bias', weight] as const]);
    expect(() => requireWeights('G', state, entries)).toThrow(
      'the weights of G are not those of our network: missing: a.weight [2, 1]; left over: c.bias [2, 1]',
    );
  });

  it('must have the shapes', () => {
    const entries = new Map(
      Object.entries({ 'a.weight': zeros('float32', [1, 2]), 'b.filt': kernel.initial }),
    );
    expect(() => requireWeights('G', state, entries)).toThrow(
      'of another shape: a.weight is [1, 2] and not [2, 1]',
    );
  });

  it('must have our blur kernels', () => {
    const entries = new Map(Object.entries({ 'a.weight': weight, 'b.filt': float32([2], [0.5, 0.5]) }));
    expect(() => requireWeights('G', state, entries)).toThrow(
      'the weights of G are not those of our network: not what they are fixed to: b.filt (off by 0.25)',
    );
  });
});
