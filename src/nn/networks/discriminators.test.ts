import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import type { Dim } from '../../onnx/dimension.ts';
import { shapeText, symbol } from '../../onnx/dimension.ts';
import { describeNetwork } from '../sources.ts';
import { type Discriminator, patchDiscriminator } from './patch-discriminator.ts';
import { pixelDiscriminator } from './pixel-discriminator.ts';

function outputShape(network: Discriminator, shape: readonly Dim[]): string {
  let text = '';
  describeNetwork((scope) => {
    text = shapeText(network.forward(scope, scope.graph.input('x', 'float32', shape)).shape);
  });
  return text;
}

function convolutionShapes(network: Discriminator): (readonly number[])[] {
  const state = describeNetwork((scope) =>
    network.forward(scope, scope.graph.input('x', 'float32', [1, 3, 256, 256])),
  );
  return state.parameters.filter(({ name }) => name.endsWith('weight')).map(({ shape }) => shape);
}

describe('patchDiscriminator', () => {
  it.each([true, false])('judges 256x256 by 30x30 patches, antialias %s', (antialias) => {
    expect(outputShape(patchDiscriminator({ filters: 2, antialias }), [1, 3, 256, 256])).toBe(
      '[1, 1, 30, 30]',
    );
  });

  it.each([true, false])('takes pictures of any size, antialias %s', (antialias) => {
    const shape = [symbol('N'), 3, symbol('H'), symbol('W')];
    expect(outputShape(patchDiscriminator({ filters: 2, antialias }), shape)).toMatch(
      /^\[N, 1, floor\(.*H.*W/,
    );
  });

  it('doubles its channels up to eight times the first', () => {
    expect(convolutionShapes(patchDiscriminator({ filters: 2, layers: 5 }))).toEqual([
      [2, 3, 4, 4],
      [4, 2, 4, 4],
      [8, 4, 4, 4],
      [16, 8, 4, 4],
      [16, 16, 4, 4],
      [16, 16, 4, 4],
      [1, 16, 4, 4],
    ]);
  });

  it('has biases at its first and last convolution only, with batch norm', () => {
    const { parameters, buffers } = describeNetwork((scope) =>
      patchDiscriminator({ filters: 2, layers: 1, normalization: 'batch', antialias: false }).forward(
        scope,
        scope.graph.input('x', 'float32', [1, 3, 32, 32]),
      ),
    );
    expect(parameters.map(({ name }) => name)).toEqual([
      'model.0.weight',
      'model.0.bias',
      'model.2.weight',
      'model.3.weight',
      'model.3.bias',
      'model.5.weight',
      'model.5.bias',
    ]);
    expect(buffers.map(({ name }) => name)).toEqual([
      'model.3.running_mean',
      'model.3.running_var',
      'model.3.num_batches_tracked',
    ]);
  });

  it('norms the weight of every convolution where asked to', () => {
    const { parameters, buffers } = describeNetwork((scope) =>
      patchDiscriminator({ filters: 2, layers: 1, spectralNorm: true }).forward(
        scope,
        scope.graph.input('x', 'float32', [1, 3, 32, 32]),
      ),
    );
    const places = ['model.0', 'model.3', 'model.6'];
    expect(parameters.map(({ name }) => name)).toEqual(
      places.flatMap((place) => [`${place}.weight_orig`, `${place}.bias`]),
    );
    expect(buffers.filter(({ fixed }) => !fixed).map(({ name }) => name)).toEqual(
      places.flatMap((place) => [`${place}.weight_u`, `${place}.weight_v`]),
    );
  });

  it.each([0, 1.5])('refuses %d layers', (layers) => {
    expect(() => patchDiscriminator({ layers })).toThrow(InvalidArgumentError);
  });
});

describe('pixelDiscriminator', () => {
  it('judges every pixel', () => {
    const shape = [symbol('N'), 3, symbol('H'), symbol('W')];
    expect(outputShape(pixelDiscriminator({ filters: 2 }), shape)).toBe('[N, 1, H, W]');
  });

  it('norms the weight of every convolution where asked to', () => {
    const { parameters } = describeNetwork((scope) =>
      pixelDiscriminator({ filters: 2, spectralNorm: true }).forward(
        scope,
        scope.graph.input('x', 'float32', [1, 3, 8, 8]),
      ),
    );
    const weights = parameters.map(({ name }) => name).filter((name) => !name.endsWith('bias'));
    expect(weights).toEqual(['net.0.weight_orig', 'net.2.weight_orig', 'net.5.weight_orig']);
  });

  it('has no bias at its last convolution with batch norm', () => {
    const { parameters } = describeNetwork((scope) =>
      pixelDiscriminator({ filters: 2, normalization: 'batch' }).forward(
        scope,
        scope.graph.input('x', 'float32', [1, 3, 8, 8]),
      ),
    );
    expect(parameters.filter(({ name }) => name.endsWith('bias')).map(({ name }) => name)).toEqual([
      'net.0.bias',
      'net.3.bias',
    ]);
  });
});
