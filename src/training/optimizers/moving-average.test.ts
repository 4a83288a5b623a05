import { expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { averageDecayAt, movingAverage } from './moving-average.ts';

it('moves the average towards the parameter', async () => {
  const g = new GraphBuilder('average');
  const graph = g.build([
    movingAverage(
      g,
      g.input('average', 'float32', [2]),
      g.input('parameter', 'float32', [2]),
      g.input('decay', 'float32', []),
    ),
  ]);
  const feeds = {
    average: float32([2], [4, -8]),
    parameter: float32([2], [8, 8]),
    decay: float32([], [0.75]),
  };
  expect(toNumbers(await evaluateOne(graph, feeds))).toEqual([5, -4]);
});

it('forgets what a run began with, however slow the average', () => {
  let beginning = 1;
  for (let iteration = 1; iteration <= 1000; iteration++) beginning *= averageDecayAt(0.9999, iteration);
  expect(beginning).toBeLessThan(1e-9);
  expect(averageDecayAt(0.9999, 100_000)).toBe(0.9999);
  expect(averageDecayAt(0, 1)).toBe(0);
});
