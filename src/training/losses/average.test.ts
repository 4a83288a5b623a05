import { expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { average } from './average.ts';

it('is the mean of losses, element by element', async () => {
  const g = new GraphBuilder('average');
  const names = ['a', 'b', 'c'];
  const graph = g.build([
    average(
      g,
      names.map((name) => g.input(name, 'float32', [2])),
    ),
  ]);
  const feeds = { a: float32([2], [1, 2]), b: float32([2], [3, -2]), c: float32([2], [5, 9]) };
  expect(toNumbers(await evaluateOne(graph, feeds))).toEqual([3, 3]);
});

it('is the loss itself when there is one', async () => {
  const g = new GraphBuilder('average');
  const graph = g.build([average(g, [g.input('a', 'float32', [])])]);
  expect(toNumbers(await evaluateOne(graph, { a: float32([], [0.1]) }))).toEqual([Math.fround(0.1)]);
});
