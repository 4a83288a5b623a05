import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { distinct, distinctSpacing, normals } from '../../testing/samples.ts';
import { axesOf, axisOf, dims, seeds } from '../../testing/shapes.ts';
import { gradients } from '../backward.ts';
import { reductionRules } from './reduction.ts';

/** Some axes, or undefined for all of them without naming any; of a scalar only those. */
const reductions = dims({ min: 0, max: 4 }).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    axes: shape.length === 0 ? fc.constant(undefined) : fc.option(axesOf(shape.length), { nil: undefined }),
    keepdims: fc.boolean(),
    seed: seeds,
  }),
);

const linear = (operator: 'ReduceSum' | 'ReduceMean') => [
  family(reductions, ({ dims, axes, keepdims, seed }) => ({
    inputs: [normals(dims, seed)],
    build: (g, [x]) => g[operator](x as Value, axes, keepdims),
    form: 'linear',
  })),
];

const extremum = (operator: 'ReduceMax' | 'ReduceMin') => [
  family(reductions, ({ dims, axes, keepdims, seed }) => ({
    inputs: [distinct(dims, seed)],
    build: (g, [x]) => g[operator](x as Value, axes, keepdims),
    form: 'linear',
    step: distinctSpacing / 8,
  })),
];

const cumulations = dims({ min: 1, max: 4 }).chain((shape) =>
  fc.record({
    dims: fc.constant(shape),
    axis: axisOf(shape.length),
    exclusive: fc.nat(1),
    reverse: fc.nat(1),
    seed: seeds,
  }),
);

describeRules(reductionRules, {
  ReduceSum: linear('ReduceSum'),
  ReduceMean: linear('ReduceMean'),
  ReduceMax: extremum('ReduceMax'),
  ReduceMin: extremum('ReduceMin'),
  ArgMax: 'not differentiable',
  ArgMin: 'not differentiable',
  CumSum: [
    family(cumulations, ({ dims, axis, exclusive, reverse, seed }) => ({
      inputs: [normals(dims, seed)],
      build: (g, [x]) => g.CumSum(x as Value, axis, { exclusive, reverse }),
      form: 'linear',
    })),
  ],
  TopK: 'not differentiable',
});

describe('choices', () => {
  it('ties share the gradient of an extremum evenly, as in PyTorch', async () => {
    const g = new GraphBuilder('ties');
    const x = g.input('x', 'float32', [4]);
    const [slope] = gradients(g, g.ReduceMax(x), [x]) as [Value];
    const run = await evaluate(g.build({ slope }), { x: float32([4], [3, 1, 3, 2]) });
    expectClose(run.slope as Tensor, [0.5, 0, 0.5, 0], { rtol: 0, atol: 0 });
  });

  it('TopK refuses a gradient through its values', () => {
    const g = new GraphBuilder('largest');
    const x = g.input('x', 'float32', [4]);
    const [values] = g.TopK(x, 2);
    expect(() => gradients(g, g.ReduceSum(values), [x])).toThrow(
      'TopK TopK_1 is not differentiable; put StopGradient before it, or a straight-through estimator around it',
    );
  });

  it('indices carry no gradient, so what they select is differentiated as if they were constant', async () => {
    const g = new GraphBuilder('codebook');
    const x = g.input('x', 'float32', [3]);
    const least = g.ArgMin(g.Mul(x, x), { axis: 0 });
    const [slope] = gradients(g, g.ReduceSum(g.Gather(x, least, 0)), [x]) as [Value];
    const run = await evaluate(g.build({ slope }), { x: float32([3], [2, -1, 3]) });
    expectClose(run.slope as Tensor, [0, 1, 0], { rtol: 0, atol: 0 });
  });
});
