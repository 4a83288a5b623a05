import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Node } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { uniforms } from '../../testing/samples.ts';
import { initializeNetwork } from '../initialize.ts';
import { networkGraph } from '../network-graph.ts';
import { describeNetwork } from '../sources.ts';
import { efficientNetLite0 } from './efficientnet-lite0.ts';

const published = JSON.parse(
  readFileSync(new URL('../fixtures/efficientnet-lite0.json', import.meta.url), 'utf8'),
) as {
  readonly kernels: Readonly<Record<string, readonly number[]>>;
  readonly norms: Readonly<Record<string, number>>;
};

let convolutions: readonly Node[] = [];
const state = describeNetwork((scope) => {
  efficientNetLite0(scope, scope.graph.input('x', 'float32', [1, 3, 224, 224]));
  convolutions = scope.graph.appended.filter(({ operator }) => operator === 'Conv');
});

describe('efficientNetLite0', () => {
  it('has the parameters of the published file', () => {
    const norms = Object.entries(published.norms);
    expect(Object.fromEntries(state.parameters.map(({ name, shape }) => [name, shape]))).toEqual({
      ...published.kernels,
      ...Object.fromEntries(
        norms.flatMap(([name, channels]) => [
          [`${name}.weight`, [channels]],
          [`${name}.bias`, [channels]],
        ]),
      ),
    });
    expect(state.buffers.map(({ name }) => name).sort()).toEqual(
      norms.flatMap(([name]) => [`${name}.running_mean`, `${name}.running_var`]).sort(),
    );
  });

  it('pads as TensorFlow does where it halves, and evenly where it does not', () => {
    const windows = convolutions
      .filter(({ attributes }) => String(attributes.kernel_shape) !== '1,1')
      .map(({ attributes: { kernel_shape, strides, pads } }) => [kernel_shape, strides, pads].join(' | '));
    expect([...new Set(windows)].sort()).toEqual([
      '3,3 | 1,1 | 1,1,1,1',
      '3,3 | 2,2 | 0,0,1,1',
      '5,5 | 1,1 | 2,2,2,2',
      '5,5 | 2,2 | 1,1,2,2',
    ]);
  });

  it('halves five times and ends with 1280 channels', () => {
    expect(convolutions.at(-1)?.outputs[0]?.shape).toEqual([1, 1280, 7, 7]);
  });

  it('gives a picture in a batch the features that it has alone', async () => {
    const weights = initializeNetwork(state, { type: 'kaiming', gain: 1 }, Random.of(4));
    const run = (x: Tensor) => {
      const inputs = { x: { dtype: 'float32', shape: x.dims } } as const;
      return evaluateOne(networkGraph('efficientnet', weights, inputs, efficientNetLite0), { x });
    };
    const both = uniforms([2, 3, 64, 64], [-1, 1], 'pictures');
    const second = { ...both, dims: [1, 3, 64, 64], data: both.data.slice(3 * 64 * 64) };
    const features = await run(both);
    expect(features.dims).toEqual([2, 1280]);
    const expected = await run(second);
    expect((expected.data as Float32Array).some((value) => value > 0)).toBe(true);
    const alone = { ...features, dims: [1, 1280], data: features.data.slice(1280) };
    expectClose(alone, expected, { rtol: 1e-4, atol: 1e-5 });
  });
});
