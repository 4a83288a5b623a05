import { expect, it } from 'vitest';
import { gradients } from '../../autodiff/backward.ts';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { cosineDistance } from './cosine-distance.ts';

it('is 0 for one direction, 2 across and 4 against, whatever the lengths', async () => {
  const g = new GraphBuilder('distance');
  const distance = cosineDistance(g, g.input('a', 'float32', [3, 2]), g.input('b', 'float32', [3, 2]));
  const rows = await evaluateOne(g.build([distance]), {
    a: float32([3, 2], [2, 0, 3, 0, 0, 0.5]),
    b: float32([3, 2], [5, 0, 0, 1, 0, -4]),
  });
  expect(rows.dims).toEqual([3]);
  expect(toNumbers(rows)).toEqual([0, 2, 4]);
});

it('has a finite gradient for a row of zeros', async () => {
  const g = new GraphBuilder('zeros');
  const a = g.input('a', 'float32', [1, 2]);
  const loss = g.ReduceSum(cosineDistance(g, a, g.input('b', 'float32', [1, 2])), undefined, false);
  const [gradient] = gradients(g, loss, [a]) as [Value];
  const outputs = await evaluate(g.build({ gradient }), {
    a: float32([1, 2], [0, 0]),
    b: float32([1, 2], [1, 2]),
  });
  expect(Object.values(outputs).flatMap(toNumbers).every(Number.isFinite)).toBe(true);
});
