import { describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { Scope } from '../scope.ts';
import { boundSource } from '../sources.ts';
import { gelu, leakyRelu, relu, silu, softplus, tanh } from './activation.ts';
import { dropout } from './dropout.ts';
import { linear } from './linear.ts';
import { type Padding, type PaddingMode, pad } from './padding.ts';

function apply(
  x: Tensor,
  layer: (scope: Scope, x: Value) => Value,
  weights: Record<string, Tensor> = {},
): Promise<Tensor> {
  const graph = networkGraph(
    'test',
    new Map(Object.entries(weights)),
    { x: { dtype: 'float32', shape: x.dims } },
    layer,
  );
  return evaluateOne(graph, { x });
}

describe('activations', () => {
  const at = [-2, -0.5, 0, 0.5, 2];

  // The last column is the function's definition, by hand or with Phi(0.5) = 0.691462461 and Phi(2) = 0.977249868.
  it.each([
    ['relu', relu, [0, 0, 0, 0.5, 2]],
    ['leakyRelu', (scope: Scope, x: Value) => leakyRelu(scope, x, 0.2), [-0.4, -0.1, 0, 0.5, 2]],
    ['silu', silu, at.map((x) => x / (1 + Math.exp(-x)))],
    ['gelu', gelu, [-2 * (1 - 0.977249868), -0.5 * (1 - 0.691462461), 0, 0.5 * 0.691462461, 2 * 0.977249868]],
    ['softplus', softplus, at.map((x) => Math.log(1 + Math.exp(x)))],
    ['tanh', tanh, at.map(Math.tanh)],
  ] as const)('%s', async (_, layer, expected) => {
    expectClose(await apply(float32([5], at), layer), expected);
  });
});

describe('linear', () => {
  const weights = { weight: float32([2, 3], [1, 2, 3, 4, 5, 6]), bias: float32([2], [10, 20]) };

  it.each([
    { dims: [2, 3], result: [2, 2] },
    { dims: [1, 2, 3], result: [1, 2, 2] },
  ])('multiplies the last axis of $dims by the transposed weight', async ({ dims, result }) => {
    const x = float32(dims, [1, 0, 0, 1, 1, 1]);
    const y = await apply(x, (scope, value) => linear(scope, value, { features: 2 }), weights);
    expect(y.dims).toEqual(result);
    expect(toNumbers(y)).toEqual([11, 24, 16, 35]);
  });

  it.each([[[2, 3]], [[1, 2, 3]]])('goes without a bias: %j', async (dims) => {
    const x = float32(dims, [1, 0, 0, 1, 1, 1]);
    const y = await apply(x, (scope, value) => linear(scope, value, { features: 2, bias: false }), weights);
    expect(toNumbers(y)).toEqual([1, 4, 6, 15]);
  });
});

describe('pad', () => {
  const line = float32([1, 1, 1, 3], [1, 2, 3]);
  const rows: [PaddingMode, Padding, number[]][] = [
    ['zero', [0, 2, 0, 1], [0, 0, 1, 2, 3, 0]],
    ['reflect', [0, 2, 0, 1], [3, 2, 1, 2, 3, 2]],
    ['edge', [0, 2, 0, 1], [1, 1, 1, 2, 3, 3]],
  ];

  it.each(rows)('%s %j', async (mode, padding, expected) => {
    expect(toNumbers(await apply(line, (scope, x) => pad(scope, x, padding, mode)))).toEqual(expected);
  });

  it('adds one number of pixels at every side', async () => {
    expect((await apply(line, (scope, x) => pad(scope, x, 1, 'edge'))).dims).toEqual([1, 1, 3, 5]);
  });
});

describe('dropout', () => {
  const x = float32([4], [1, 2, 3, 4]);

  it('leaves x alone in evaluation', async () => {
    expect(toNumbers(await apply(x, (scope, value) => dropout(scope, value, undefined)))).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('multiplies by the mask in training, and asks for one', async () => {
    const graph = new GraphBuilder('test');
    const scope = new Scope(graph, boundSource(new Map()), { training: true });
    const value = graph.input('x', 'float32', [4]);
    const mask = (like: Value) => graph.input('mask', 'float32', like.shape);
    const y = dropout(scope, value, mask);
    const result = await evaluateOne(graph.build([y]), { x, mask: float32([4], [2, 0, 0, 2]) });
    expect(toNumbers(result)).toEqual([2, 0, 0, 8]);
    expect(() => dropout(scope, value, undefined)).toThrow(/needs a dropoutMask/);
  });
});
