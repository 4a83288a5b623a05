import { describe, expect, it } from 'vitest';
import { float32, toNumbers } from '../../../core/tensor.ts';
import { evaluateOne } from '../../../testing/evaluate-one.ts';
import { networkGraph } from '../../network-graph.ts';
import { averageAround, chain, halve, join, maximumAround, type Step, step } from './steps.ts';

async function apply(applied: Step, dims: readonly number[], values: readonly number[]) {
  const x = float32(dims, values);
  const graph = networkGraph('test', new Map(), { x: { dtype: 'float32', shape: dims } }, applied);
  return evaluateOne(graph, { x });
}

describe('pooling', () => {
  it('averages at the border over the pixels that there are', async () => {
    // Corners see 4 pixels, edges 6, the middle all 9: with zeros counted, the first value would be 12 / 9.
    const y = await apply(averageAround, [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(toNumbers(y)).toEqual([3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7]);
  });

  it('takes the maximum at the border over the pixels that there are, also where all are below 0', async () => {
    const y = await apply(maximumAround, [1, 1, 2, 3], [-9, -2, -3, -4, -5, -6]);
    expect(toNumbers(y)).toEqual([-2, -2, -2, -2, -2, -2]);
    expect(toNumbers(await apply(maximumAround, [1, 1, 1, 4], [-4, -3, -9, -8]))).toEqual([-3, -3, -3, -8]);
  });

  it('halves with windows of three that lie inside', async () => {
    const y = await apply(
      halve,
      [1, 1, 5, 5],
      Array.from({ length: 25 }, (_, index) => (index * 7) % 25),
    );
    expect(y.dims).toEqual([1, 1, 2, 2]);
    expect(toNumbers(y)).toEqual([24, 24, 22, 23]);
  });
});

it('joins branches by their channels, in order', async () => {
  const doubled: Step = ({ graph }, x) => graph.Mul(x, 2);
  const y = await apply(join(doubled, chain(doubled, doubled)), [1, 1, 1, 2], [1, 3]);
  expect(y.dims).toEqual([1, 2, 1, 2]);
  expect(toNumbers(y)).toEqual([2, 6, 4, 12]);
});

it('pads each side of a kernel by half of it, or not at all', () => {
  const shapeOf = (applied: Step) => {
    let shape: readonly unknown[] = [];
    networkGraph('test', weightsOf([1, 7]), { x: { dtype: 'float32', shape: [1, 2, 9, 9] } }, (scope, x) => {
      const y = applied(scope, x);
      shape = y.shape;
      return y;
    });
    return shape;
  };
  expect(shapeOf(step('s', 3, [1, 7]))).toEqual([1, 3, 9, 9]);
  expect(shapeOf(step('s', 3, [1, 7], { padded: false }))).toEqual([1, 3, 9, 3]);
});

function weightsOf(kernel: readonly [number, number]) {
  const ones = (...dims: number[]) =>
    float32(dims, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1));
  return new Map([
    ['s.conv.weight', ones(3, 2, ...kernel)],
    ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => [`s.bn.${name}`, ones(3)] as const),
  ]);
}
