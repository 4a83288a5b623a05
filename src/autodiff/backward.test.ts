import { describe, expect, it } from 'vitest';
import { float32, scalar, type Tensor, tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { symbol } from '../onnx/dimension.ts';
import type { Value } from '../onnx/ir.ts';
import { expectClose } from '../testing/close.ts';
import { evaluate } from '../testing/evaluate.ts';
import { gradients } from './backward.ts';

const exactly = { rtol: 0, atol: 0 };
const sum = (g: GraphBuilder, x: Value) => g.ReduceSum(x, undefined, false);

/** A graph with the input x [3], and its gradients at (1, 2, 3). */
async function slopes(derive: (g: GraphBuilder, x: Value) => readonly Value[]): Promise<readonly Tensor[]> {
  const g = new GraphBuilder('backward');
  const x = g.input('x', 'float32', [3]);
  const derived = derive(g, x);
  const outputs = Object.fromEntries(derived.map((slope, index) => [`slope${index}`, slope]));
  const results = await evaluate(g.build(outputs), { x: float32([3], [1, 2, 3]) });
  return derived.map((_, index) => results[`slope${index}`] as Tensor);
}

describe('gradients', () => {
  it('adds up over every use of a value', async () => {
    const [slope] = await slopes((g, x) => gradients(g, sum(g, g.Add(g.Mul(x, g.Mul(x, x)), x)), [x]));
    expectClose(slope as Tensor, [4, 13, 28], exactly);
  });

  it('gives each target its own, values between included, in the order asked', async () => {
    const [byInner, byX, again] = await slopes((g, x) => {
      const inner = g.Mul(x, 2);
      return gradients(g, sum(g, g.Mul(inner, inner)), [inner, x, inner]);
    });
    expectClose(byInner as Tensor, [4, 8, 12], exactly);
    expectClose(byX as Tensor, [8, 16, 24], exactly);
    expectClose(again as Tensor, [4, 8, 12], exactly);
  });

  it('is one for the loss itself, whatever way it has one element', async () => {
    const [scalarOne, boxed] = await slopes((g, x) => {
      const [loss, kept] = [sum(g, x), g.ReduceSum(x, undefined, true)];
      return [...gradients(g, loss, [loss]), ...gradients(g, kept, [kept])];
    });
    expectClose(scalarOne as Tensor, scalar(1), exactly);
    expectClose(boxed as Tensor, float32([1], [1]), exactly);
  });

  it('starts from the given cotangent', async () => {
    const [slope] = await slopes((g, x) =>
      gradients(g, g.Mul(x, x), [x], g.constant(float32([3], [1, 0, -1]))),
    );
    expectClose(slope as Tensor, [2, 0, -6], exactly);
  });

  it('is zero for what the loss does not depend on, of known and of unknown size', async () => {
    const g = new GraphBuilder('independent');
    const [x, y] = [g.input('x', 'float32', [2]), g.input('y', 'float32', [symbol('N')])];
    const s = g.input('s', 'float32', []);
    const [byX, byY, byS] = gradients(g, sum(g, g.Mul(g.StopGradient(x), 2)), [x, y, s]) as [
      Value,
      Value,
      Value,
    ];
    const feeds = {
      x: float32([2], [1, 2]),
      y: float32([3], [1, Number.POSITIVE_INFINITY, 3]),
      s: scalar(1),
    };
    const results = await evaluate(g.build({ byX, byY, byS }), feeds);
    expectClose(results.byX as Tensor, float32([2], [0, 0]), exactly);
    expectClose(results.byY as Tensor, float32([3], [0, 0, 0]), exactly);
    expectClose(results.byS as Tensor, scalar(0), exactly);
  });

  it('can be asked for again, of another loss or of a gradient', async () => {
    const [first, second, third] = await slopes((g, x) => {
      const [once] = gradients(g, sum(g, g.Mul(g.Mul(x, x), g.Mul(x, x))), [x]) as [Value];
      const [twice] = gradients(g, sum(g, once), [x]) as [Value];
      const [thrice] = gradients(g, sum(g, twice), [x]) as [Value];
      return [once, twice, thrice];
    });
    expectClose(first as Tensor, [4, 32, 108], exactly);
    expectClose(second as Tensor, [12, 48, 108], exactly);
    expectClose(third as Tensor, [24, 48, 72], exactly);
  });

  it('leaves alone what is not on a path, even if it has no derivative', async () => {
    const [slope] = await slopes((g, x) => {
      const [, places] = g.TopK(x, 1);
      const [largest] = g.TopK(g.StopGradient(x), 1);
      return gradients(g, sum(g, g.Mul(g.Gather(x, places, 0), largest)), [x]);
    });
    expectClose(slope as Tensor, [0, 0, 3], exactly);
  });

  it('works in double precision', async () => {
    const g = new GraphBuilder('double');
    const x = g.input('x', 'float64', [2]);
    const loss = sum(g, g.Add(g.Softmax(g.Mul(x, x), 0), g.Gather(g.Relu(x), g.scalar(0, 'int64'), 0)));
    const [slope] = gradients(g, g.Mul(loss, loss), [x]) as [Value];
    const results = await evaluate(g.build({ slope }), { x: tensor('float64', [2], Float64Array.of(2, -1)) });
    expect(slope.dtype).toBe('float64');
    // loss = 1 + 2 relu(x0) = 5, and d loss^2 / dx0 = 2 loss 2
    expectClose(results.slope as Tensor, [20, 0], { rtol: 1e-12, atol: 1e-12 });
  });

  it('refuses a loss of several elements', () => {
    const g = new GraphBuilder('vector');
    const x = g.input('x', 'float32', [3]);
    expect(() => gradients(g, x, [x])).toThrow('the loss must have one element, x is float32[3]');
  });

  it('refuses a cotangent of another type than the loss', () => {
    const g = new GraphBuilder('seed');
    const x = g.input('x', 'float32', [3]);
    const seed = g.constant(float32([1, 3], [1, 1, 1]));
    expect(() => gradients(g, g.Mul(x, x), [x], seed)).toThrow(
      'the cotangent of mul_1 (float32[3]) cannot be float32[1, 3]',
    );
  });

  it('refuses targets that are not floats', () => {
    const g = new GraphBuilder('integers');
    const x = g.input('x', 'int64', [3]);
    expect(() => gradients(g, sum(g, g.Cast(x, 'float32')), [x])).toThrow(
      'x is int64[3]: only float values have gradients',
    );
  });
});
