import { describe, expect, it } from 'vitest';
import { scalar, type Tensor } from '../../core/tensor.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { stateDict, stateDicts, withoutParallelPrefix } from './state-dict.ts';
import type { CheckpointValue } from './tree.ts';

function dict(
  entries: Readonly<Record<string, CheckpointValue>>,
): ReadonlyMap<CheckpointValue, CheckpointValue> {
  return new Map(Object.entries(entries));
}

const weights = dict({ 'model.1.weight': scalar(1), 'model.1.bias': scalar(2) });
const optimizer = dict({
  state: new Map([[0, dict({ exp_avg: scalar(0) })]]),
  param_groups: [dict({ lr: 1e-4 })],
});

describe('stateDicts', () => {
  it.each([
    ['a state dict itself', weights, ['']],
    [
      'state_dict beside counters',
      dict({ state_dict: weights, epoch: 3, best: scalar(0.1) }),
      ['state_dict'],
    ],
    ['model', dict({ model: weights, optimizer }), ['model']],
    [
      'VQ-I2I',
      dict({ model_state_dict: weights, opt_ae_state_dict: optimizer, epoch: 1 }),
      ['model_state_dict'],
    ],
    ['networks by name', dict({ net_G: weights, net_D: weights }), ['net_G', 'net_D']],
    ['DRIT', dict({ disA: weights, gen: weights, disA_opt: optimizer, ep: 1, total_it: 9 }), ['disA', 'gen']],
    ['a list, as the DDPM trainer saves', [weights, optimizer, 5, 1000, weights], ['0', '4']],
    ['deeper', dict({ nets: dict({ a: dict({ G: weights }) }) }), ['nets.a.G']],
    ['module state of other kinds', dict({ ...Object.fromEntries(weights), '0._extra_state': null }), ['']],
    ['only optimizers', dict({ optimizer }), []],
    ['an empty file', new Map(), []],
    ['numbers by name', dict({ loss: scalar(1), epoch: 2 }), []],
    ['a tensor alone', scalar(1), []],
  ])('finds the networks of %s', (_, tree, names) => {
    const found = stateDicts(tree as CheckpointValue);
    expect([...found.keys()]).toEqual(names);
    for (const network of found.values()) expect(network).toEqual(weights);
  });

  it('strips the prefix of data-parallel networks, as often as it stands there', () => {
    const once = dict({ 'module.a.weight': scalar(1), 'module.b': scalar(2) });
    expect([...stateDict(once).keys()]).toEqual(['a.weight', 'b']);
    expect([...stateDict(dict({ 'module.module.a': scalar(1) })).keys()]).toEqual(['a']);
    expect(stateDict(dict({ netG: once })).get('b')).toEqual(scalar(2));
  });

  it('leaves a network alone in which only some keys have the prefix', () => {
    const mixed = new Map<string, Tensor>([
      ['module.a', scalar(1)],
      ['head', scalar(2)],
    ]);
    expect(withoutParallelPrefix(mixed)).toBe(mixed);
  });
});

describe('stateDict', () => {
  const two = dict({ net_G: weights, net_D: weights });

  it('returns the only one, or the named one', () => {
    expect(stateDict(dict({ state_dict: weights }))).toEqual(weights);
    expect(stateDict(two, 'net_D')).toEqual(weights);
  });

  it('lists what there is when it cannot choose', () => {
    expect(() => stateDict(two)).toThrow(CheckpointError);
    expect(() => stateDict(two)).toThrow('this one has "net_G", "net_D"');
    expect(() => stateDict(two, 'net_E')).toThrow('no state dict "net_E"; it has "net_G", "net_D"');
    expect(() => stateDict(dict({ epoch: 1 }))).toThrow('this one has none');
  });
});
