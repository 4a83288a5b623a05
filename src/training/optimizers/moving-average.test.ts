import { expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { movingAverage } from './moving-average.ts';

it('moves the average towards the parameter', async () => {
  const g = new GraphBuilder('average');
  const graph = g.build([
    movingAverage(g, g.input('average', 'float32', [2]), g.input('parameter', 'float32', [2]), 0.75),
  ]);
  const feeds = { average: float32([2], [4, -8]), parameter: float32([2], [8, 8]) };
  expect(toNumbers(await evaluateOne(graph, feeds))).toEqual([5, -4]);
});
