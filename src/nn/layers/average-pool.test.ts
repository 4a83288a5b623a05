import { expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { networkGraph } from '../network-graph.ts';
import { type AveragePoolOptions, averagePool } from './average-pool.ts';

const x = float32([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);

it.each<[string, AveragePoolOptions, number[], number[]]>([
  ['leaves out a last odd row and column', { kernel: 2, stride: 2 }, [1, 1, 1, 1], [3]],
  [
    'does not count what it pads with',
    { kernel: 3, stride: 2, padding: 1 },
    [1, 1, 2, 2],
    [(1 + 2 + 4 + 5) / 4, (2 + 3 + 5 + 6) / 4, (4 + 5 + 7 + 8) / 4, (5 + 6 + 8 + 9) / 4],
  ],
])('%s', async (_, options, dims, values) => {
  const inputs = { x: { dtype: 'float32', shape: x.dims } } as const;
  const graph = networkGraph('test', new Map(), inputs, (scope, value) => averagePool(scope, value, options));
  expect(await evaluateOne(graph, { x })).toEqual(float32(dims, values));
});
