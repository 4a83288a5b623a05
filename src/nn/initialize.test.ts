import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { float32, type Tensor, toNumbers } from '../core/tensor.ts';
import { type InitializationPolicy, initializeNetwork } from './initialize.ts';
import type { ParameterSpec } from './parameters.ts';
import type { NetworkState } from './sources.ts';

/** 64 filters over 32 channels of 3x3. */
const fans = { fanIn: 288, fanOut: 576 };
const weight: ParameterSpec = {
  name: 'c.weight',
  shape: [64, 32, 3, 3],
  role: 'convolution-weight',
  ...fans,
};
const bias: ParameterSpec = { name: 'c.bias', shape: [64], role: 'convolution-bias', ...fans };
const normWeight: ParameterSpec = {
  name: 'n.weight',
  shape: [4096],
  role: 'norm-weight',
  fanIn: 1,
  fanOut: 1,
};
const normBias: ParameterSpec = { ...normWeight, name: 'n.bias', role: 'norm-bias' };
const state: NetworkState = {
  parameters: [weight, bias, normWeight, normBias],
  buffers: [{ name: 'b.filt', initial: float32([2], [0.25, 0.75]), fixed: true }],
};

function draw(policy: InitializationPolicy, seed = 1, network = state): Map<string, Tensor> {
  return initializeNetwork(network, policy, Random.of(seed));
}

function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Within five standard errors of N(mean, deviation). */
function expectNormal(drawn: Tensor | undefined, mean: number, deviation: number): void {
  const values = toNumbers(drawn as Tensor);
  const found = momentsOf(values);
  const error = deviation / Math.sqrt(values.length);
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * error);
  expect(Math.abs(found.deviation - deviation)).toBeLessThan((5 * error) / Math.SQRT2);
}

describe('initializeNetwork', () => {
  it.each([
    ['normal', 0.02, 0.02],
    ['xavier', 0.02, 0.02 * Math.sqrt(2 / (288 + 576))],
    ['kaiming', 0.02, Math.sqrt(2 / 288)],
  ] as const)('draws %s weights with the published deviation', (type, gain, deviation) => {
    const weights = draw({ type, gain });
    expectNormal(weights.get('c.weight'), 0, deviation);
    expectNormal(weights.get('n.weight'), 1, gain);
    expect(new Set(toNumbers(weights.get('c.bias') as Tensor))).toEqual(new Set([0]));
    expect(new Set(toNumbers(weights.get('n.bias') as Tensor))).toEqual(new Set([0]));
  });

  it('draws orthogonal weights scaled by the gain', () => {
    const { data } = draw({ type: 'orthogonal', gain: 0.5 }).get('c.weight') as Tensor<'float32'>;
    const row = (index: number) => data.subarray(index * 288, (index + 1) * 288);
    const dot = (left: Float32Array, right: Float32Array) =>
      left.reduce((sum, value, index) => sum + value * (right[index] as number), 0);
    expect(dot(row(3), row(3))).toBeCloseTo(0.25, 5);
    expect(dot(row(3), row(40))).toBeCloseTo(0, 5);
  });

  it("draws torch's defaults: uniform weights and biases, norms 1 and 0", () => {
    const weights = draw({ type: 'torch-default' });
    const bound = 1 / Math.sqrt(288);
    for (const name of ['c.weight', 'c.bias']) {
      const values = toNumbers(weights.get(name) as Tensor);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(Math.max(...values)).toBeGreaterThan(0.9 * bound);
      expect(Math.min(...values)).toBeLessThan(-0.9 * bound);
    }
    expect(momentsOf(toNumbers(weights.get('c.weight') as Tensor)).deviation).toBeCloseTo(
      bound / Math.sqrt(3),
      3,
    );
    expect(new Set(toNumbers(weights.get('n.weight') as Tensor))).toEqual(new Set([1]));
  });

  it('draws embeddings by the gain, by default with deviation 1, and nothing where zeros are asked for', () => {
    const table = { name: 'e.weight', shape: [64, 64], role: 'embedding', fanIn: 64, fanOut: 64 } as const;
    const drawn = (policy: InitializationPolicy) =>
      draw(policy, 1, { parameters: [table], buffers: [] }).get('e.weight');
    expectNormal(drawn({ type: 'normal', gain: 0.02 }), 0, 0.02);
    expectNormal(drawn({ type: 'torch-default' }), 0, 1);
    expect(new Set(toNumbers(drawn({ type: 'zeros' }) as Tensor))).toEqual(new Set([0]));
  });

  it('keeps the values of buffers and every shape', () => {
    const weights = draw({ type: 'xavier', gain: 0.02 });
    expect(weights.get('b.filt')).toBe(state.buffers[0]?.initial);
    for (const { name, shape } of state.parameters) expect(weights.get(name)?.dims).toEqual(shape);
  });

  it('gives the same values for a seed, others for another seed, and others for another name', () => {
    const policy = { type: 'normal', gain: 1 } as const;
    const twin = { ...weight, name: 'd.weight' };
    const network = { parameters: [weight, twin], buffers: [] };
    const first = draw(policy, 7, network);
    expect(draw(policy, 7, network)).toEqual(first);
    expect(draw(policy, 8, network).get('c.weight')).not.toEqual(first.get('c.weight'));
    expect(first.get('d.weight')?.data).not.toEqual(first.get('c.weight')?.data);
  });

  it('leaves the other parameters as they are when one is added', () => {
    const policy = { type: 'normal', gain: 1 } as const;
    const added = { ...weight, name: 'a.weight' };
    const more = { ...state, parameters: [added, ...state.parameters] };
    expect(draw(policy, 7, more).get('c.weight')).toEqual(draw(policy, 7).get('c.weight'));
  });

  it('draws uniformly between the bounds that are asked for', () => {
    const values = toNumbers(draw({ type: 'uniform', bound: 0.01 }).get('c.weight') as Tensor);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.01);
    expect(momentsOf(values).deviation).toBeCloseTo(0.01 / Math.sqrt(3), 4);
  });

  it('takes a policy for each parameter', () => {
    const choose = (spec: ParameterSpec): InitializationPolicy =>
      spec.role === 'norm-weight' ? { type: 'torch-default' } : { type: 'normal', gain: 0.02 };
    const weights = initializeNetwork(state, choose, Random.of(1));
    expect(new Set(toNumbers(weights.get('n.weight') as Tensor))).toEqual(new Set([1]));
    expectNormal(weights.get('c.weight'), 0, 0.02);
  });

  it.each([0, -1, Number.NaN])('refuses the gain %d', (gain) => {
    expect(() => draw({ type: 'xavier', gain })).toThrow(InvalidArgumentError);
  });
});
