import { expect, it } from 'vitest';
import { float32, type Tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { expectClose } from '../testing/close.ts';
import { evaluate } from '../testing/evaluate.ts';
import { gradients } from './backward.ts';
import { straightThrough } from './stop-gradient.ts';

const exactly = { rtol: 0, atol: 0 };

it('StopGradient has the value of its input and lets no gradient through', async () => {
  const g = new GraphBuilder('stop');
  const x = g.input('x', 'float32', [2]);
  const y = g.Mul(x, g.StopGradient(x));
  const [slope] = gradients(g, g.ReduceSum(y), [x]) as [Value];
  const results = await evaluate(g.build({ y, slope }), { x: float32([2], [3, -2]) });
  expectClose(results.y as Tensor, [9, 4], exactly);
  expectClose(results.slope as Tensor, [3, -2], exactly);
});

it('straightThrough has the value of one function and the gradient of the other', async () => {
  const g = new GraphBuilder('round');
  const x = g.input('x', 'float32', [3]);
  const y = straightThrough(g, g.Round(x), x);
  const [slope] = gradients(g, g.ReduceSum(g.Mul(y, y)), [x]) as [Value];
  const results = await evaluate(g.build({ y, slope }), { x: float32([3], [0.75, -1.25, 4]) });
  expectClose(results.y as Tensor, [1, -1, 4], exactly);
  expectClose(results.slope as Tensor, [2, -2, 8], exactly);
});

it('straightThrough around a nearest code passes the gradient by the code on to the input', async () => {
  const g = new GraphBuilder('codebook');
  const [z, codebook] = [g.input('z', 'float32', [2, 1]), g.input('codebook', 'float32', [1, 3])];
  const difference = g.Sub(z, codebook);
  const nearest = g.ArgMin(g.Mul(difference, difference), { axis: 1, keepdims: 0 });
  const quantized = g.Gather(g.Transpose(codebook, [1, 0]), nearest, 0);
  const loss = g.ReduceSum(g.Mul(straightThrough(g, quantized, z), g.constant(float32([2, 1], [5, 7]))));
  const [byZ, byCodebook] = gradients(g, loss, [z, codebook]) as [Value, Value];
  const results = await evaluate(g.build({ quantized, byZ, byCodebook }), {
    z: float32([2, 1], [0.9, 3.2]),
    codebook: float32([1, 3], [0, 1, 3]),
  });
  expectClose(results.quantized as Tensor, [1, 3], exactly);
  expectClose(results.byZ as Tensor, [5, 7], exactly);
  expectClose(results.byCodebook as Tensor, [0, 0, 0], exactly);
  expect(byCodebook.shape).toEqual([1, 3]);
});
