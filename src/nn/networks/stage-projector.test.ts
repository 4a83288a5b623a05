import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { normals } from '../../testing/samples.ts';
import { initializeNetwork } from '../initialize.ts';
import { networkGraph } from '../network-graph.ts';
import type { Scope } from '../scope.ts';
import { describeNetwork } from '../sources.ts';
import { type StageProjectorOptions, stageProjector } from './stage-projector.ts';

function stateOf(options: StageProjectorOptions, predict = true) {
  return describeNetwork((scope) => {
    const map = scope.graph.input('map', 'float32', [1, 3, 2, 2]);
    const positions = scope.graph.input('positions', 'int64', [1, 4]);
    return stageProjector(options).forward(scope, [map], [positions], { predict });
  });
}

async function project(map: Tensor, positions: Tensor, predict: boolean): Promise<number[]> {
  const projector = stageProjector({ dimension: 4 });
  const weights = initializeNetwork(stateOf({ dimension: 4 }), { type: 'normal', gain: 1 }, Random.of(1));
  const inputs = {
    map: { dtype: 'float32', shape: map.dims },
    positions: { dtype: 'int64', shape: positions.dims },
  } as const;
  const graph = networkGraph('projector', weights, inputs, (scope: Scope, features, places) =>
    projector.forward(
      scope,
      [features as NonNullable<typeof features>],
      [places as NonNullable<typeof places>],
      {
        predict,
      },
    ),
  );
  return toNumbers(await evaluateOne(graph, { map, positions }));
}

describe('the parameters of a stage', () => {
  it('have the published names: no bias before a norm, no scale and shift in the last', () => {
    const { parameters, buffers } = stateOf({ dimension: 8 });
    expect(parameters.map(({ name, shape }) => `${name} [${shape}]`)).toEqual([
      'mlp_0.0.weight [8,3]',
      'mlp_0.1.weight [8]',
      'mlp_0.1.bias [8]',
      'mlp_0.3.weight [8,8]',
      'prj_0.0.weight [4,8]',
      'prj_0.1.weight [4]',
      'prj_0.1.bias [4]',
      'prj_0.3.weight [8,4]',
      'prj_0.3.bias [8]',
    ]);
    expect(buffers.filter(({ name }) => name.endsWith('running_mean')).map(({ name }) => name)).toEqual([
      'mlp_0.1.running_mean',
      'mlp_0.4.running_mean',
      'prj_0.1.running_mean',
    ]);
  });

  it('with layer norms have scale and shift everywhere, without norms none', () => {
    const names = (normalization: 'layer' | 'none') =>
      stateOf({ dimension: 8, normalization }, false).parameters.map(({ name }) => name);
    expect(names('layer')).toEqual([
      'mlp_0.0.weight',
      'mlp_0.1.weight',
      'mlp_0.1.bias',
      'mlp_0.3.weight',
      'mlp_0.4.weight',
      'mlp_0.4.bias',
    ]);
    expect(names('none')).toEqual(['mlp_0.0.weight', 'mlp_0.3.weight']);
  });
});

it('takes each picture at places of its own', async () => {
  const map = normals([2, 3, 2, 2], 'map');
  const half = (picture: number): Tensor =>
    ({ ...map, dims: [1, 3, 2, 2], data: map.data.slice(12 * picture, 12 * picture + 12) }) as Tensor;
  const both = await project(map, int64([2, 2], [3, 0, 1, 1]), true);
  const first = await project(half(0), int64([1, 2], [3, 0]), true);
  const second = await project(half(1), int64([1, 2], [1, 1]), true);
  expect(both).toHaveLength(16);
  for (const [index, value] of [...first, ...second].entries()) expect(both[index]).toBeCloseTo(value, 5);
});

it('gives rows of unit length, other ones when it predicts', async () => {
  const map = normals([1, 3, 2, 2], 'map');
  const projected = await project(map, int64([1, 1], [2]), false);
  const predicted = await project(map, int64([1, 1], [2]), true);
  expect(Math.hypot(...projected)).toBeCloseTo(1, 5);
  expect(Math.hypot(...predicted)).toBeCloseTo(1, 5);
  expect(predicted).not.toEqual(projected);
});
