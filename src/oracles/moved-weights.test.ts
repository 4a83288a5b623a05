import { expect, it } from 'vitest';
import { gradients } from '../autodiff/backward.ts';
import { float32, type Tensor, toNumbers } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { evaluate } from '../testing/evaluate.ts';
import { throughMovedWeights } from './moved-weights.ts';

it('walks back with the weights of now through the activations of then', async () => {
  const g = new GraphBuilder('moved');
  const number = (name: string) => g.input(name, 'float32', [1]);
  const [x, first, second, movedSecond] = ['x', 'first', 'second', 'movedSecond'].map(number) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const hidden = g.Mul(x, first);
  const loss = g.ReduceSum(g.Mul(g.Mul(hidden, second), hidden), undefined, false);
  const rules = throughMovedWeights(new Map([[second, movedSecond]]));
  const slopes = gradients(g, loss, [x, first, second], undefined, rules);
  const graph = g.build(slopes.map((slope) => g.Identity(slope)));
  const feeds = { x: 2, first: 3, second: 5, movedSecond: 7 };
  const tensors = Object.entries(feeds).map(([name, value]) => [name, float32([1], [value])] as const);
  const outputs = await evaluate(graph, Object.fromEntries(tensors));
  const values = graph.outputs.map(({ name }) => toNumbers(outputs[name] as Tensor)[0]);
  // h = x first = 6 and h second = 30 are activations: copies. Back to h: 30 by the one way, 7 h by the other.
  const toHidden = 30 + 7 * 6;
  expect(values).toEqual([toHidden * 3, toHidden * 2, 6 * 6]);
});
