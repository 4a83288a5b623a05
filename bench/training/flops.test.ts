import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { symbol } from '../../src/onnx/dimension.ts';
import { countFlops } from './flops.ts';

it('a convolution costs two for each output element, channel of its group and kernel element', () => {
  const g = new GraphBuilder('convolution');
  const x = g.input('x', 'float32', [2, 6, 9, 9]);
  const w = g.input('w', 'float32', [4, 3, 3, 5]);
  const y = g.Conv(x, w, g.input('b', 'float32', [4]), { strides: [2, 1], pads: [1, 2, 1, 2], group: 2 });
  expect(y.shape).toEqual([2, 4, 5, 9]);
  // 2 x (2 x 4 x 5 x 9 outputs) x (3 channels x 15 kernel elements); the bias does not count.
  expect(countFlops(g.build([y])).total).toBe(2 * 360 * 45);
});

it('a transposed convolution costs as much as the convolution that it is the gradient of', () => {
  const g = new GraphBuilder('transposed');
  const x = g.input('x', 'float32', [1, 8, 4, 4]);
  const w = g.input('w', 'float32', [8, 5, 3, 3]);
  const up = g.ConvTranspose(x, w, undefined, {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    output_padding: [1, 1],
  });
  const down = g.Conv(up, w, undefined, { strides: [2, 2], pads: [1, 1, 1, 1] });
  expect(down.shape).toEqual(x.shape);
  const { byOperator } = countFlops(g.build([down]));
  expect(byOperator.get('ConvTranspose')).toBe(2 * (8 * 16) * (5 * 9));
  expect(byOperator.get('Conv')).toBe(byOperator.get('ConvTranspose'));
});

it('products of matrices: 2 m n k, for every matrix of a stack and whichever is transposed', () => {
  const g = new GraphBuilder('products');
  const stack = g.MatMul(g.input('a', 'float32', [5, 2, 3]), g.input('b', 'float32', [3, 4]));
  const transposed = g.Gemm(g.input('c', 'float32', [7, 2]), g.input('d', 'float32', [6, 7]), undefined, {
    transA: 1,
    transB: 1,
  });
  const { total, byOperator } = countFlops(g.build([stack, transposed]));
  expect([...byOperator]).toEqual([
    ['MatMul', 2 * 5 * 2 * 4 * 3],
    ['Gemm', 2 * 2 * 6 * 7],
  ]);
  expect(total).toBe(240 + 168);
});

it('elementwise work, norms and reductions do not count', () => {
  const g = new GraphBuilder('light');
  const x = g.input('x', 'float32', [1, 2, 4, 4]);
  const scale = g.input('s', 'float32', [2]);
  const y = g.ReduceSum(g.InstanceNormalization(g.Tanh(g.Mul(x, x)), scale, scale));
  expect(countFlops(g.build([y])).total).toBe(0);
});

it('the body of a loop counts once a trip', () => {
  const g = new GraphBuilder('loop');
  const w = g.input('w', 'float32', [3, 3]);
  const start = g.input('start', 'float32', [2, 3]);
  const body = g.body('step');
  body.input('iteration', 'int64', []);
  const proceed = body.input('proceed', 'bool', []);
  const next = body.MatMul(body.input('carried', 'float32', [2, 3]), w);
  const loop = g.Loop(g.scalar(10, 'int64'), [start], body.build([body.Identity(proceed), next]));
  expect(countFlops(g.build(loop)).total).toBe(10 * 2 * 2 * 3 * 3);
});

it('sizes that only a run decides are an error that names the node and the shape', () => {
  const g = new GraphBuilder('open');
  const y = g.MatMul(g.input('a', 'float32', [symbol('n'), 3]), g.input('b', 'float32', [3, 4]));
  expect(() => countFlops(g.build([y]))).toThrow(/MatMul_1 works on matmul_1 of shape \[n, 4\]/);
});
