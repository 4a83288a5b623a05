import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../core/tensor.ts';
import type { StateDict } from '../pytorch/index.ts';
import { drawnWeights, smallResnet, smallUnet } from './fixtures/generator-weights.ts';
import { generatorNetwork } from './generator-network.ts';
import { withChanges } from './generator-schema.ts';
import { recognise } from './recognise.ts';

const generatorOf = (weights: StateDict, ...changes: object[]) =>
  generatorNetwork(withChanges(recognise(weights), changes), weights);

const zeros = (...dims: number[]) => float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

function changed(
  change: (weights: Map<string, Tensor>) => void,
  settings = smallResnet,
): Map<string, Tensor> {
  const weights = drawnWeights(settings);
  change(weights);
  return weights;
}

describe('weights that do not fit', () => {
  it.each<[string, (weights: Map<string, Tensor>) => void, string]>([
    [
      'missing',
      (w) => w.delete('model.4.bias'),
      'missing: model.4.bias [4] (what was recognised wrongly can be changed with --set)',
    ],
    ['left over', (w) => w.set('model.99.scale', zeros(2)), 'dropout=false: left over: model.99.scale [2] ('],
    [
      'misshapen',
      (w) => w.set('model.4.weight', zeros(4, 3, 3, 3)),
      'model.4.weight is [4, 3, 3, 3] and not [4, 2, 3, 3]',
    ],
    ['one kernel missing', (w) => w.delete('model.7.filt'), 'missing: model.7.filt [4, 1, 3, 3] ('],
    [
      'the first convolution missing',
      (w) => w.delete('model.1.weight'),
      'missing: model.1.weight [2, 3, 7, 7]',
    ],
  ])('are refused, both sides listed: %s', (_, change, message) => {
    expect(() => generatorOf(changed(change))).toThrow(message);
  });

  it('are refused when the user says another architecture', () => {
    const weights = drawnWeights(smallResnet);
    expect(() => generatorOf(weights, { antialiasDown: false })).toThrow(
      /missing: model\.7\.weight .*left over: model\.8\.weight/,
    );
    expect(() => generatorOf(weights, { kind: 'unet', downs: 5 })).toThrow(
      'missing: model.model.0.weight [2, 3, 4, 4]',
    );
    expect(() => generatorOf(weights, { kernel: 5 })).toThrow(
      /"kernel".*there are kind, inputChannels, .* dropout/,
    );
  });

  it('are refused when they are no finite floats', () => {
    const broken = changed((w) => (w.get('model.1.bias') as Tensor<'float32'>).data.set([Number.NaN], 1));
    expect(() => generatorOf(broken)).toThrow('not finite: model.1.bias (element 1 is NaN)');
    const counted = changed((w) =>
      w.set('model.1.bias', { dtype: 'int32', dims: [2], data: new Int32Array(2) }),
    );
    expect(() => generatorOf(counted)).toThrow('of another type: model.1.bias is int32 and not float32');
  });

  it('are refused when they only claim a size, before it takes memory', () => {
    const claimed = { dtype: 'float32', dims: [2 ** 31, 0, 7, 7], data: new Float32Array(0) } as const;
    expect(() => generatorOf(changed((w) => w.set('model.1.weight', claimed)))).toThrow(
      'inputChannels: Too small: expected number to be >=1; filters: Too big: expected number to be <=2048',
    );
  });

  it('are refused when their channels are not those of a picture', () => {
    expect(() => generatorOf(drawnWeights({ ...smallUnet, inputChannels: 4 }))).toThrow(
      'pictures of 4 channels',
    );
  });
});

describe('habits of PyTorch', () => {
  const batch = { ...smallResnet, normalization: 'batch' } as const;

  it('statistics of old instance norms are left out', () => {
    const old = changed((w) => w.set('model.2.running_mean', zeros(2)).set('model.2.running_var', zeros(2)));
    expect(generatorOf(old).weights).toEqual(drawnWeights(smallResnet));
  });

  it('batch norms without a counter get one', () => {
    const uncounted = changed((w) => {
      for (const key of [...w.keys()]) if (key.endsWith('num_batches_tracked')) w.delete(key);
    }, batch);
    expect(new Map([...generatorOf(uncounted).weights].sort())).toEqual(
      new Map([...drawnWeights(batch)].sort()),
    );
  });

  it('kernels of the blurs may be missing together', () => {
    const bare = changed((w) => {
      for (const key of [...w.keys()]) if (key.endsWith('.filt')) w.delete(key);
    });
    expect(new Map([...generatorOf(bare).weights].sort())).toEqual(
      new Map([...drawnWeights(smallResnet)].sort()),
    );
  });
});
