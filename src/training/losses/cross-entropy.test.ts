import { expect, it } from 'vitest';
import { float32, int64, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { normals } from '../../testing/samples.ts';
import { crossEntropy } from './cross-entropy.ts';

it('is the mean of minus the logarithm of the probability of the target', async () => {
  const g = new GraphBuilder('cross-entropy');
  const logits = g.constant(float32([1, 2, 3], [Math.log(2), 0, 0, 100, 0, 0]));
  const targets = g.input('targets', 'int64', [1, 2]);
  const graph = g.build([crossEntropy(g, logits, targets)]);
  const lossOf = async (...classes: number[]) =>
    toNumbers(await evaluateOne(graph, { targets: int64([1, 2], classes) }))[0];
  expect(await lossOf(0, 0)).toBeCloseTo(Math.log(2) / 2, 5);
  expect(await lossOf(2, 0)).toBeCloseTo(Math.log(4) / 2, 5);
  expect(await lossOf(0, 1)).toBeCloseTo((Math.log(2) + 100) / 2, 4);
});

it('has gradients that agree with finite differences', async () => {
  await gradcheck({
    form: 'smooth',
    inputs: [normals([2, 3, 5], 'logits')],
    build: (g, [logits]) => crossEntropy(g, logits as Value, g.constant(int64([2, 3], [0, 4, 2, 2, 1, 4]))),
  });
});
