import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor, toNumbers } from '../../core/tensor.ts';
import { shapeText, symbol } from '../../onnx/dimension.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { describeNetwork } from '../sources.ts';
import { patchSampler } from './patch-sampler.ts';

/** Two pictures of two channels, 2x3; channel 0 holds 1.. and channel 1 holds 101... */
const feature = float32(
  [2, 2, 2, 3],
  Array.from({ length: 24 }, (_, index) => {
    const [n, c, place] = [Math.floor(index / 12), Math.floor(index / 6) % 2, index % 6];
    return 1 + 10 * n + 100 * c + place;
  }),
);

function sample(positions: readonly number[], weights: Record<string, Tensor> = {}): Promise<Tensor> {
  const projection = Object.keys(weights).length > 0;
  const graph = networkGraph(
    'sampler',
    new Map(Object.entries(weights)),
    {
      feature: { dtype: 'float32', shape: feature.dims },
      positions: { dtype: 'int64', shape: [positions.length] },
    },
    (scope, value, places) => patchSampler({ dimension: 2, projection }).forward(scope, [value], [places]),
  );
  return evaluateOne(graph, { feature, positions: int64([positions.length], positions) });
}

/** Divided by its Euclidean length. */
function unit(...row: number[]): number[] {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}

describe('patchSampler', () => {
  it('takes the same places of every picture, picture by picture, as unit vectors', async () => {
    const rows = await sample([4, 0]);
    expect(rows.dims).toEqual([4, 2]);
    const expected = [unit(5, 105), unit(1, 101), unit(15, 115), unit(11, 111)];
    expectClose(rows, expected.flat());
  });

  it('projects by linear, ReLU, linear', async () => {
    const weights = {
      'mlp_0.0.weight': float32([2, 2], [1, 0, 0, -1]),
      'mlp_0.0.bias': float32([2], [2, 0]),
      'mlp_0.2.weight': float32([2, 2], [1, 1, 2, 5]),
      'mlp_0.2.bias': float32([2], [0, 1]),
    };
    // [1, 101] -> [3, -101] -> [3, 0] -> [3, 7]
    expectClose(await sample([0], weights), [...unit(3, 7), ...unit(13, 27)]);
  });

  it('leaves a row of zeros at zero', async () => {
    const weights = {
      'mlp_0.0.weight': float32([2, 2], [0, 0, 0, 0]),
      'mlp_0.0.bias': float32([2], [0, 0]),
      'mlp_0.2.weight': float32([2, 2], [0, 0, 0, 0]),
      'mlp_0.2.bias': float32([2], [0, 0]),
    };
    expect(toNumbers(await sample([3], weights))).toEqual([0, 0, 0, 0]);
  });

  it('takes any number of pictures', () => {
    describeNetwork((scope) => {
      const shape = [symbol('N'), 5, 6, 4];
      const value = scope.graph.input('feature', 'float32', shape);
      const places = scope.graph.input('positions', 'int64', [7]);
      const [rows] = patchSampler({ dimension: 4 }).forward(scope, [value], [places]);
      expect(shapeText(rows?.shape ?? [])).toBe('[7*N, 4]');
    });
  });

  it('asks for positions of every layer', () => {
    expect(() =>
      describeNetwork((scope) =>
        patchSampler().forward(scope, [scope.graph.input('feature', 'float32', [1, 5, 4, 4])], []),
      ),
    ).toThrow(/positions for each of 1 layers, got 0/);
  });
});
