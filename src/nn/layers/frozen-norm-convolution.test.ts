import { expect, it } from 'vitest';
import type { Tensor } from '../../core/tensor.ts';
import { int64 } from '../../core/tensor.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { normals, uniforms } from '../../testing/samples.ts';
import { networkGraph } from '../network-graph.ts';
import { batchNorm } from './batch-norm.ts';
import { convolution } from './convolution.ts';
import { frozenNormConvolution } from './frozen-norm-convolution.ts';

const weights = new Map<string, Tensor>([
  ['c.weight', normals([6, 2, 3, 3], 'kernel')],
  ['n.weight', normals([6], 'scale')],
  ['n.bias', normals([6], 'shift')],
  ['n.running_mean', normals([6], 'mean')],
  ['n.running_var', uniforms([6], [0.1, 2], 'variance')],
  ['n.num_batches_tracked', int64([], [3])],
]);
const options = { filters: 6, stride: 2, padding: [1, 0, 0, 1], groups: 2 } as const;

it('is a convolution followed by batch norm in evaluation', async () => {
  const x = normals([2, 4, 7, 6], 'picture');
  const inputs = { x: { dtype: 'float32', shape: x.dims } } as const;
  const apart = networkGraph('apart', weights, inputs, (scope, value) =>
    batchNorm(scope.child('n'), convolution(scope.child('c'), value, { ...options, kernel: 3, bias: false })),
  );
  const together = networkGraph('together', weights, inputs, (scope, value) =>
    frozenNormConvolution({ kernel: scope.child('c'), norm: scope.child('n') }, value, {
      ...options,
      kernel: [3, 3],
      epsilon: 1e-5,
    }),
  );
  const expected = await evaluateOne(apart, { x });
  expectClose(await evaluateOne(together, { x }), expected, { rtol: 1e-5, atol: 1e-5 });
});

it('takes the epsilon that it is given', async () => {
  const x = normals([1, 4, 3, 3], 'picture');
  const run = (epsilon: number) =>
    evaluateOne(
      networkGraph('frozen', weights, { x: { dtype: 'float32', shape: x.dims } }, (scope, value) =>
        frozenNormConvolution({ kernel: scope.child('c'), norm: scope.child('n') }, value, {
          ...options,
          kernel: [3, 3],
          epsilon,
        }),
      ),
      { x },
    );
  expect((await run(1e-3)).data).not.toEqual((await run(1e-5)).data);
});
