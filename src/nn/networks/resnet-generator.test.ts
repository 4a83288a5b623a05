import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import { elementCount, float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, shapeText, symbol } from '../../onnx/dimension.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { initializeNetwork } from '../initialize.ts';
import { networkGraph } from '../network-graph.ts';
import { Scope } from '../scope.ts';
import { boundSource, describeNetwork } from '../sources.ts';
import { type ResnetGeneratorOptions, resnetGenerator } from './resnet-generator.ts';

const small = { filters: 2, blocks: 2 } as const;
const classic = { ...small, antialiasDown: false, antialiasUp: false } as const;

function weightsOf(options: ResnetGeneratorOptions): Map<string, Tensor> {
  const state = describeNetwork((scope) =>
    resnetGenerator(options).forward(scope, scope.graph.input('x', 'float32', [1, 3, 16, 16])),
  );
  // torch's defaults, so that biases matter.
  return initializeNetwork(state, { type: 'torch-default' }, Random.of(4));
}

function picture(...dims: number[]): Tensor {
  return float32(
    dims,
    Random.of(9, ...dims).fill(elementCount(dims), (stream) => 2 * stream.uniform() - 1),
  );
}

function graphOf(
  options: ResnetGeneratorOptions,
  shape: readonly Dim[],
  build: (scope: Scope, x: Value) => readonly Value[],
) {
  return networkGraph('generator', weightsOf(options), { x: { dtype: 'float32', shape } }, build);
}

describe('resnetGenerator', () => {
  it.each([small, classic, { ...small, antialiasUp: false }])('keeps any size: %j', (options) => {
    const shape = [symbol('N'), 3, symbol('H'), symbol('W')];
    const graph = graphOf(options, shape, (scope, x) => [resnetGenerator(options).forward(scope, x)]);
    expect(shapeText(graph.outputs[0]?.shape ?? [])).toBe('[N, 3, 4*floor((H + 3)/4), 4*floor((W + 3)/4)]');
  });

  it('gives a picture the same translation alone and in a batch, within -1 and 1', async () => {
    const graph = graphOf(small, [symbol('N'), 3, 16, 20], (scope, x) => [
      resnetGenerator(small).forward(scope, x),
    ]);
    const pair = picture(2, 3, 16, 20);
    const second = float32([1, 3, 16, 20], (pair.data as Float32Array).subarray(3 * 16 * 20));
    const output = graph.outputs[0]?.name ?? '';
    const both = (await evaluate(graph, { x: pair }))[output] as Tensor;
    const alone = (await evaluate(graph, { x: second }))[output] as Tensor;
    expect(both.dims).toEqual([2, 3, 16, 20]);
    expectClose(alone, toNumbers(both).slice(3 * 16 * 20));
    expect(Math.max(...toNumbers(both).map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it('puts out other channels than it takes in', () => {
    const options = { ...small, inputChannels: 1, outputChannels: 2 };
    const build = (scope: Scope) =>
      resnetGenerator(options).forward(scope, scope.graph.input('x', 'float32', [1, 1, 8, 8]));
    describeNetwork((scope) => expect(build(scope).shape).toEqual([1, 2, 8, 8]));
    expect(describeNetwork(build).parameters[0]?.shape).toEqual([2, 1, 7, 7]);
  });

  it('has no biases but the last with batch norm', () => {
    const biases = [...weightsOf({ ...classic, normalization: 'batch' }).keys()].filter((key) =>
      /(?:model\.1|model\.4|conv_block\.[15]|model\.19)\.bias$/.test(key),
    );
    expect(biases).toEqual(['model.19.bias']);
  });

  it('refuses half a block', () => {
    expect(() => resnetGenerator({ blocks: 1.5 })).toThrow(InvalidArgumentError);
  });
});

describe('features of resnetGenerator', () => {
  const shape = [1, 3, 16, 16];
  const last = (options: ResnetGeneratorOptions) => resnetGenerator(options);

  it('have the published shapes: padded picture, convolutions before their norm, blocks', () => {
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [1, 3, 16, 16]);
      const { features } = last(small).features(scope, x, [0, 4, 8, 12, 13]);
      expect(features.map((feature) => feature.shape)).toEqual([
        [1, 3, 22, 22],
        [1, 4, 16, 16],
        [1, 8, 8, 8],
        [1, 8, 4, 4],
        [1, 8, 4, 4],
      ]);
    });
  });

  it('are the same whether the generator runs to its end or stops', async () => {
    const layers = [0, 3, 4, 8, 12];
    const names: { features: string[]; encoded: string[] } = { features: [], encoded: [] };
    const graph = graphOf(small, shape, (scope, x) => {
      const network = resnetGenerator(small);
      const { output, features } = network.features(scope, x, layers);
      const encoded = network.encode(scope, x, layers);
      names.features = features.map(({ name }) => name);
      names.encoded = encoded.map(({ name }) => name);
      return [output, ...features, ...encoded];
    });
    const results = await evaluate(graph, { x: picture(...shape) });
    for (const [index, name] of names.features.entries()) {
      expect(results[names.encoded[index] ?? '']?.data).toEqual(results[name]?.data);
    }
  });

  it('cost nothing beyond the last one when encoding', () => {
    const nodes = (layers: readonly number[]) =>
      graphOf(small, shape, (scope, x) => resnetGenerator(small).encode(scope, x, layers)).nodes.map(
        ({ operator }) => operator,
      );
    expect(nodes([0])).toEqual(['Pad']);
    expect(nodes([0, 4])).toEqual(['Pad', 'Conv', 'InstanceNormalization', 'Relu', 'Conv']);
  });

  it('of a norm directly before a ReLU are rectified, unless encoding ends there', () => {
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [1, 3, 16, 16]);
      const producers = (values: readonly Value[]) => values.map((value) => value.producer?.operator);
      const network = resnetGenerator(classic);
      // Layer 8 is the second down-sampling's norm here, and 9 its ReLU.
      expect(producers(network.features(scope, x, [7, 8, 9]).features)).toEqual(['Conv', 'Relu', 'Relu']);
      expect(producers(network.encode(scope, x, [8, 9]))).toEqual(['Relu', 'Relu']);
      expect(producers(network.encode(scope, x, [7, 8]))).toEqual(['Conv', 'InstanceNormalization']);
    });
  });

  it('without a norm even the convolution is overwritten', () => {
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [1, 3, 16, 16]);
      const { features } = resnetGenerator({ ...small, normalization: 'none' }).features(scope, x, [1, 2, 3]);
      expect(new Set(features).size).toBe(1);
      expect(features[0]?.producer?.operator).toBe('Relu');
    });
  });

  it.each([[[4, 0]], [[4, 4]], [[99]], [[-1]], [[0.5]]])('refuses the layers %j', (layers) => {
    describeNetwork((scope) => {
      const x = scope.graph.input('x', 'float32', [1, 3, 16, 16]);
      expect(() => resnetGenerator(small).features(scope, x, layers)).toThrow(InvalidArgumentError);
      expect(() => resnetGenerator(small).encode(scope, x, layers)).toThrow(InvalidArgumentError);
    });
  });
});

describe('dropout in resnetGenerator', () => {
  it('moves the second convolution of a block by one place', () => {
    const keys = [...weightsOf({ ...small, dropout: true }).keys()].filter((key) =>
      key.startsWith('model.12.'),
    );
    expect(keys).toEqual([
      'model.12.conv_block.1.weight',
      'model.12.conv_block.1.bias',
      'model.12.conv_block.6.weight',
      'model.12.conv_block.6.bias',
    ]);
  });

  it('asks for one mask a block while training, of the size of its features', () => {
    const masks: (readonly Dim[])[] = [];
    const graph = new GraphBuilder('training');
    const dropoutMask = (x: Value) => {
      masks.push(x.shape);
      return graph.input(`mask${masks.length}`, 'float32', x.shape);
    };
    const options = { ...small, dropout: true };
    const weights = new Map(
      [...weightsOf(options)].map(([name, tensor]) => [name, graph.constant(tensor, name)]),
    );
    const scope = new Scope(graph, boundSource(weights), { training: true });
    const x = graph.input('x', 'float32', [1, 3, 16, 16]);
    resnetGenerator({ ...options, dropoutMask }).forward(scope, x);
    expect(masks).toEqual([
      [1, 8, 4, 4],
      [1, 8, 4, 4],
    ]);
    expect(() => resnetGenerator(options).forward(scope, x)).toThrow(/needs a dropoutMask/);
  });
});
