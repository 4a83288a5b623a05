import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { elementCount, float32, type Tensor } from '../../../core/tensor.ts';
import { optimize } from '../../../onnx/passes/index.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { networkGraph } from '../../network-graph.ts';
import { describeNetwork, type NetworkState } from '../../sources.ts';
import { inceptionV3 } from './inception-v3.ts';

const published = JSON.parse(
  readFileSync(new URL('../../fixtures/inception-v3.json', import.meta.url), 'utf8'),
) as {
  readonly parametersWithFc: number;
  readonly convolutions: Readonly<Record<string, readonly [number, number, number, number]>>;
};

/** The classifier that the features are taken in front of: 1008 classes. */
const classifier = 1008 * 2048 + 1008;
const size = 75;

let state: NetworkState;
beforeAll(() => {
  state = describeNetwork((scope) =>
    inceptionV3(scope, scope.graph.input('x', 'float32', [1, 3, size, size])),
  );
});

describe('inceptionV3', () => {
  it('has the parameters of the published file', () => {
    const expected = Object.entries(published.convolutions).flatMap(([name, shape]) => [
      [`${name}.conv.weight`, shape],
      ...['weight', 'bias'].map((key) => [`${name}.bn.${key}`, [shape[0]]] as const),
    ]);
    const ours = state.parameters.map(({ name, shape }) => [name, shape] as const);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(expected));
    expect(state.buffers.map(({ name }) => name).sort()).toEqual(
      Object.keys(published.convolutions)
        .flatMap((name) => [`${name}.bn.running_mean`, `${name}.bn.running_var`])
        .sort(),
    );
  });

  it('has as many of them', () => {
    const count = state.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    expect(count + classifier).toBe(published.parametersWithFc);
  });

  it('averages without padding everywhere but in its last block, which takes maxima', () => {
    const pools: unknown[] = [];
    describeNetwork((scope) => {
      inceptionV3(scope, scope.graph.input('x', 'float32', [1, 3, 299, 299]));
      for (const { operator, attributes, inputs } of scope.graph.appended) {
        if (!operator.endsWith('Pool')) continue;
        pools.push([operator, attributes.count_include_pad, inputs[0]?.shape.slice(1)].join(' '));
      }
    });
    expect(pools).toEqual([
      'MaxPool  64,147,147',
      'MaxPool  192,71,71',
      'AveragePool 0 192,35,35',
      'AveragePool 0 256,35,35',
      'AveragePool 0 288,35,35',
      'MaxPool  288,35,35',
      ...new Array<string>(4).fill('AveragePool 0 768,17,17'),
      'MaxPool  768,17,17',
      'AveragePool 0 1280,8,8',
      'MaxPool  2048,8,8',
      'GlobalAveragePool  2048,8,8',
    ]);
  });

  it('gives 2048 finite values a picture, by which pictures differ', async () => {
    const weights = new Map<string, Tensor>([
      ...state.parameters.map(
        ({ name, shape, fanIn }) => [name, waves(shape, Math.sqrt(4 / fanIn))] as const,
      ),
      ...state.buffers.map(({ name, initial }) => [name, initial] as const),
    ]);
    const x = waves([2, 3, size, size], 127, 127);
    const inputs = { x: { dtype: 'float32', shape: x.dims } } as const;
    const graph = optimize(networkGraph('inception', weights, inputs, inceptionV3));
    const features = await evaluateOne(graph, { x });
    expect(features.dims).toEqual([2, 2048]);
    const values = features.data as Float32Array;
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values.subarray(0, 2048)).not.toEqual(values.subarray(2048));
  });
});

/** Numbers of both signs that are quickly made. */
function waves(dims: readonly number[], amplitude: number, middle = 0): Tensor<'float32'> {
  const values = new Float32Array(elementCount(dims));
  for (let index = 0; index < values.length; index++)
    values[index] = middle + amplitude * Math.sin(index * 1.7);
  return float32(dims, values);
}
