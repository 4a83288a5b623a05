import { expect, it } from 'vitest';
import { float32, zeros } from '../core/tensor.ts';
import { repeat } from '../testing/repeat.ts';
import { GraphBuilder } from './builder.ts';
import { symbol } from './dimension.ts';
import { printGraph } from './print.ts';

it('writes one line a node, with types, attributes and summarised constants', () => {
  const g = new GraphBuilder('network');
  const x = g.input(
    'x',
    'float32',
    ['N', 3, 'H', 'W'].map((dim) => (typeof dim === 'string' ? symbol(dim) : dim)),
  );
  const weight = g.constant(
    float32(
      [2, 3, 3, 3],
      Array.from({ length: 54 }, (_, index) => index / 2),
    ),
    'weight',
  );
  const y = g.Conv(x, weight, undefined, { strides: [2, 2], pads: [1, 1, 1, 1] });
  const [pooled] = g.MaxPool(g.LeakyRelu(y, { alpha: 0.2 }), { kernel_shape: [2, 2] });
  expect(printGraph(g.build([g.Pad(pooled, [0, 0, 1, 1, 0, 0, 1, 1], 'reflect')]))).toMatchInlineSnapshot(`
    "network(x: float32[N, 3, H, W]) {
      weight: float32[2, 3, 3, 3] = [0.000 to 26.50, mean 13.25]
      constant_1: int64[8] = [0, 0, 1, 1, 0, 0, 1, 1]
      conv_1: float32[N, 2, floor((H + 1)/2), floor((W + 1)/2)] = Conv(x, weight, none) {strides=[2, 2], pads=[1, 1, 1, 1]}
      leakyrelu_1: float32[N, 2, floor((H + 1)/2), floor((W + 1)/2)] = LeakyRelu(conv_1) {alpha=0.2}
      maxpool_1: float32[N, 2, floor((H + 1)/2) - 1, floor((W + 1)/2) - 1], maxpool_2: int64[N, 2, floor((H + 1)/2) - 1, floor((W + 1)/2) - 1] = MaxPool(leakyrelu_1) {kernel_shape=[2, 2]}
      pad_1: float32[N, 2, floor((H + 1)/2) + 1, floor((W + 1)/2) + 1] = Pad(maxpool_1, constant_1) {mode=reflect}
      return pad_1
    }"
  `);
});

it('indents the body of a Loop', () => {
  const g = new GraphBuilder('steps');
  const x = g.input('x', 'float32', [2]);
  const outputs = repeat(g, 3, [x], (b, [state = x]) => [b.Mul(b.Add(state, x), 0.5)]);
  expect(printGraph(g.build(outputs))).toMatchInlineSnapshot(`
    "steps(x: float32[2]) {
      constant_1: int64[1] = [3]
      constant_3: bool[] = 1
      loop_1: float32[2] = Loop(constant_1, constant_3, x)
        steps_step0(steps_step0_iteration: int64[], steps_step0_condition: bool[], steps_step0_state0: float32[2]) {
          constant_2: float32[] = 0.5
          add_1: float32[2] = Add(steps_step0_state0, x)
          mul_1: float32[2] = Mul(add_1, constant_2)
          return steps_step0_condition, mul_1
        }
      return loop_1
    }"
  `);
});

it('gives left-out inputs and tensor attributes', () => {
  const g = new GraphBuilder('gemm');
  const x = g.input('x', 'float32', [2, 2]);
  const filled = g.ConstantOfShape(g.integers([2, 2]), zeros('float32', [1]));
  const resized = g.Resize(g.Unsqueeze(filled, [0, 1]), [1, 1, 4, 4], { mode: 'nearest' });
  expect(printGraph(g.build([g.Gemm(x, x), resized]))).toMatchInlineSnapshot(`
    "gemm(x: float32[2, 2]) {
      constant_1: int64[2] = [2, 2]
      constant_2: int64[2] = [0, 1]
      constant_3: int64[4] = [1, 1, 4, 4]
      constantofshape_1: float32[2, 2] = ConstantOfShape(constant_1) {value=float32[1] [0]}
      unsqueeze_1: float32[1, 1, 2, 2] = Unsqueeze(constantofshape_1, constant_2)
      resize_1: float32[1, 1, 4, 4] = Resize(unsqueeze_1, none, none, constant_3) {mode=nearest}
      gemm_1: float32[2, 2] = Gemm(x, x, none)
      return gemm_1, resize_1
    }"
  `);
});
