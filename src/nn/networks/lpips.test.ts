import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { symbol } from '../../onnx/dimension.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { uniforms } from '../../testing/samples.ts';
import { initializeNetwork } from '../initialize.ts';
import { networkGraph } from '../network-graph.ts';
import { describeNetwork } from '../sources.ts';
import { type LpipsOptions, lpips } from './lpips.ts';

function stateOf(options: LpipsOptions) {
  return describeNetwork((scope) =>
    lpips(options).forward(
      scope,
      scope.graph.input('x', 'float32', [1, 3, 32, 32]),
      scope.graph.input('y', 'float32', [1, 3, 32, 32]),
    ),
  );
}

async function distances(options: LpipsOptions, x: Tensor, y: Tensor): Promise<Tensor> {
  const random = initializeNetwork(stateOf(options), { type: 'kaiming', gain: 1 }, Random.of(3));
  const weights = new Map(
    [...random].map(([name, tensor]) => [name, name.startsWith('lin') ? positive(tensor) : tensor]),
  );
  const shape = [symbol('N'), 3, symbol('H'), symbol('W')];
  const inputs = { x: { dtype: 'float32', shape }, y: { dtype: 'float32', shape } } as const;
  const graph = networkGraph('lpips', weights, inputs, (scope, a, b) =>
    lpips(options).forward(scope, a as NonNullable<typeof a>, b as NonNullable<typeof b>),
  );
  return evaluateOne(graph, { x, y });
}

function positive({ dims, data }: Tensor): Tensor {
  return float32(dims, (data as Float32Array).map(Math.abs));
}

const narrow = { vgg16: [2, 3, 4, 5, 5], alexnet: [2, 3, 4, 4, 3] } as const;

describe.each(['vgg16', 'alexnet'] as const)('lpips on %s', (backbone) => {
  const options = { backbone, widths: narrow[backbone] };

  it('is 0 between a picture and itself, and above 0 and symmetric between two', async () => {
    const [x, y] = ['x', 'y'].map((key) => uniforms([2, 3, 40, 33], [-1, 1], key)) as [Tensor, Tensor];
    expect(toNumbers(await distances(options, x, x))).toEqual([0, 0]);
    const forth = await distances(options, x, y);
    expect(forth.dims).toEqual([2, 1, 1, 1]);
    expect(toNumbers(forth).every((distance) => distance > 1e-4)).toBe(true);
    expect(toNumbers(await distances(options, y, x))).toEqual(toNumbers(forth));
  });
});

it.each([
  ['vgg16', 13, [512, 512, 3, 3], 14_714_688],
  ['alexnet', 5, [256, 256, 3, 3], 2_469_696],
] as const)('has the published widths on %s', (backbone, convolutions, last, count) => {
  const { parameters, buffers } = stateOf({ backbone });
  const ofNet = parameters.filter(({ name }) => name.startsWith('net.'));
  const weights = ofNet.filter(({ name }) => name.endsWith('.weight'));
  expect(weights).toHaveLength(convolutions);
  expect(weights.at(-1)?.shape).toEqual(last);
  // Without classifier, as torchvision counts `features`.
  expect(ofNet.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0)).toBe(count);
  expect(buffers.map(({ name }) => name)).toEqual(['scaling_layer.shift', 'scaling_layer.scale']);
});

it('names the layers of AlexNet as the published file', () => {
  expect(stateOf({ backbone: 'alexnet' }).parameters.map(({ name }) => name)).toEqual([
    ...['slice1.0', 'slice2.3', 'slice3.6', 'slice4.8', 'slice5.10'].flatMap((layer) => [
      `net.${layer}.weight`,
      `net.${layer}.bias`,
    ]),
    ...[0, 1, 2, 3, 4].map((layer) => `lin${layer}.model.1.weight`),
  ]);
});

it('refuses widths that are not one a layer', () => {
  expect(() => lpips({ widths: [1, 2] })).toThrow('vgg16 has 5 widths, got 2');
});
