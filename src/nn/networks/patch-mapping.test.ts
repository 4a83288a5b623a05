import { expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { normals } from '../../testing/samples.ts';
import { initializeNetwork } from '../initialize.ts';
import { networkGraph } from '../network-graph.ts';
import type { Scope } from '../scope.ts';
import { describeNetwork } from '../sources.ts';
import { patchMapping } from './patch-mapping.ts';

const mapping = patchMapping({ dimension: 5 });
const apply =
  (pictures: number) =>
  (scope: Scope, ...rows: Value[]) =>
    mapping.forward(scope, rows, pictures);

async function mapped(rows: readonly Tensor[], pictures: number): Promise<number[]> {
  const inputs = Object.fromEntries(
    rows.map(({ dims }, layer) => [`rows${layer}`, { dtype: 'float32' as const, shape: dims }]),
  );
  const state = describeNetwork((scope) =>
    apply(pictures)(scope, ...rows.map(({ dims }, layer) => scope.graph.input(`r${layer}`, 'float32', dims))),
  );
  const weights = initializeNetwork(state, { type: 'normal', gain: 1 }, Random.of(1));
  const graph = networkGraph('mapping', weights, inputs, apply(pictures));
  return toNumbers(
    await evaluateOne(graph, Object.fromEntries(rows.map((row, layer) => [`rows${layer}`, row]))),
  );
}

it('has a channel for each layer, and the published names', () => {
  const { parameters } = describeNetwork((scope) =>
    patchMapping().forward(
      scope,
      [0, 1, 2, 3].map((layer) => scope.graph.input(`r${layer}`, 'float32', [256, 256])),
      1,
    ),
  );
  expect(parameters.map(({ name, shape }) => `${name} [${shape}]`)).toEqual([
    'model.0.weight [64,4,3,3]',
    'model.0.bias [64]',
    'model.4.weight [64,64]',
    'model.4.bias [64]',
    'model.6.weight [64,64]',
    'model.6.bias [64]',
  ]);
});

it('gives a vector of unit length', async () => {
  const vector = await mapped([normals([6, 7], 'a'), normals([6, 7], 'b')], 1);
  expect(vector).toHaveLength(5);
  expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
});

it('maps the rows of each picture on their own', async () => {
  const both = [normals([12, 7], 'a'), normals([12, 7], 'b')] as const;
  const half = (tensor: Tensor, picture: number): Tensor =>
    ({ ...tensor, dims: [6, 7], data: tensor.data.slice(picture * 42, picture * 42 + 42) }) as Tensor;
  const together = await mapped(both, 2);
  for (const picture of [0, 1]) {
    const alone = await mapped(
      both.map((tensor) => half(tensor, picture)),
      1,
    );
    alone.forEach((value, index) => {
      expect(together[5 * picture + index]).toBeCloseTo(value, 5);
    });
  }
});
