import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import type { OperatorName } from '../../onnx/operators/index.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluate } from '../../testing/evaluate.ts';
import { describeRules, family } from '../../testing/gradient-rules.ts';
import { coins, distinct, distinctSpacing, normals, uniforms } from '../../testing/samples.ts';
import { broadcastable, dims, seeds } from '../../testing/shapes.ts';
import { gradients } from '../backward.ts';
import { elementwiseRules } from './elementwise.ts';

/** Small enough to pass no corner of a piecewise linear function of `distinct` numbers. */
const cornerStep = distinctSpacing / 8;
const shaped = fc.record({ dims: dims({ min: 0, max: 4 }), seed: seeds });
const shapedPair = fc.record({ shapes: broadcastable(2), seed: seeds });

type Unary = 'Exp' | 'Log' | 'Sqrt' | 'Reciprocal' | 'Erf' | 'Sigmoid' | 'Tanh' | 'Softplus' | 'Sin' | 'Cos';
const smooth = (operator: Unary, range: readonly [number, number]) => [
  family(shaped, ({ dims, seed }) => ({
    inputs: [uniforms(dims, range, seed)],
    build: (g, [x]) => g[operator](x as Value),
    form: 'smooth',
  })),
];

const cornered = (build: (g: GraphBuilder, x: Value, seed: number) => Value) =>
  family(shaped, ({ dims, seed }) => ({
    inputs: [distinct(dims, seed)],
    build: (g, [x]) => build(g, x as Value, seed),
    form: 'linear',
    step: cornerStep,
  }));

const linearPair = (operator: 'Add' | 'Sub' | 'Mul') => [
  family(shapedPair, ({ shapes, seed }) => ({
    inputs: shapes.map((shape, index) => normals(shape, seed, index)),
    build: (g, [a, b]) => g[operator](a as Value, b as Value),
    form: 'linear',
  })),
];

const smoothPair = (operator: 'Div' | 'Pow', left: [number, number], right: [number, number]) => [
  family(shapedPair, ({ shapes, seed }) => ({
    inputs: [left, right].map((range, index) => uniforms(shapes[index] as number[], range, seed, index)),
    build: (g, [a, b]) => g[operator](a as Value, b as Value),
    form: 'smooth',
  })),
];

/** Both operands from one list of distinct numbers, so that none of one equals one of the other. */
const extremum = (operator: 'Max' | 'Min') => [
  family(shapedPair, ({ shapes, seed }) => {
    const sizes = shapes.map((shape) => shape.reduce((product, size) => product * size, 1)) as [
      number,
      number,
    ];
    const { data } = distinct([sizes[0] + sizes[1]], seed);
    return {
      inputs: [
        float32(shapes[0] as number[], data.slice(0, sizes[0])),
        float32(shapes[1] as number[], data.slice(sizes[0])),
      ],
      build: (g, [a, b]) => g[operator](a as Value, b as Value),
      form: 'linear',
      step: cornerStep,
    };
  }),
];

describeRules(elementwiseRules, {
  Abs: [cornered((g, x) => g.Abs(x))],
  Neg: [cornered((g, x) => g.Neg(x))],
  Exp: smooth('Exp', [-1.5, 1.5]),
  Log: smooth('Log', [0.8, 3]),
  Sqrt: smooth('Sqrt', [0.8, 3]),
  Reciprocal: smooth('Reciprocal', [-2.5, -1]),
  Erf: smooth('Erf', [-2, 2]),
  Sigmoid: smooth('Sigmoid', [-3, 3]),
  Tanh: smooth('Tanh', [-2, 2]),
  Relu: [cornered((g, x) => g.Relu(x))],
  Softplus: smooth('Softplus', [-3, 3]),
  Sin: smooth('Sin', [-3, 3]),
  Cos: smooth('Cos', [-3, 3]),
  Sign: 'zero gradient',
  Floor: 'zero gradient',
  Ceil: 'zero gradient',
  Round: 'zero gradient',
  Not: 'not differentiable',
  Identity: [cornered((g, x) => g.Identity(x))],
  LeakyRelu: [
    cornered((g, x, seed) => g.LeakyRelu(x, { alpha: ((seed % 16) - 4) / 8 })),
    cornered((g, x) => g.LeakyRelu(x, {})),
  ],
  Clip: [
    cornered((g, x) => g.Clip(x, -2 * distinctSpacing, distinctSpacing)),
    cornered((g, x) => g.append('Clip', [x, g.scalar(-distinctSpacing)])[0] as Value),
    cornered((g, x) => g.append('Clip', [x, undefined, g.scalar(distinctSpacing)])[0] as Value),
  ],
  Cast: [cornered((g, x) => g.Cast(g.Mul(g.Cast(x, 'float64'), 2), 'float32'))],
  Add: linearPair('Add'),
  Sub: linearPair('Sub'),
  Mul: linearPair('Mul'),
  Div: smoothPair('Div', [-2, 2], [1, 2.5]),
  Pow: [
    ...smoothPair('Pow', [0.8, 2], [-2, 3]),
    family(
      fc.record({ dims: dims({ min: 0, max: 3 }), exponent: fc.integer({ min: 0, max: 4 }), seed: seeds }),
      (drawn) => ({
        inputs: [uniforms(drawn.dims, [-1.5, 1.5], drawn.seed)],
        build: (g, [x]) => g.Pow(x as Value, drawn.exponent),
        form: 'smooth',
      }),
    ),
  ],
  Max: extremum('Max'),
  Min: extremum('Min'),
  Equal: 'not differentiable',
  Less: 'not differentiable',
  LessOrEqual: 'not differentiable',
  Greater: 'not differentiable',
  GreaterOrEqual: 'not differentiable',
  And: 'not differentiable',
  Or: 'not differentiable',
  Where: [
    family(fc.record({ shapes: broadcastable(3), seed: seeds }), ({ shapes, seed }) => ({
      inputs: [normals(shapes[1] as number[], seed, 1), normals(shapes[2] as number[], seed, 2)],
      build: (g, [a, b]) => g.Where(g.constant(coins(shapes[0] as number[], seed)), a as Value, b as Value),
      form: 'linear',
    })),
  ],
});

/** Gradient by x of the sum of f(x). */
async function slopeOf(x: readonly number[], f: (g: GraphBuilder, x: Value) => Value) {
  const g = new GraphBuilder('slope');
  const at = g.input('x', 'float32', [x.length]);
  const [slope] = gradients(g, g.ReduceSum(f(g, at), undefined, false), [at]) as [Value];
  return (await evaluate(g.build({ slope }), { x: float32([x.length], x) })).slope as ReturnType<
    typeof float32
  >;
}

describe('at corners', () => {
  const corners: readonly [OperatorName, (g: GraphBuilder, x: Value) => Value, number[], number[]][] = [
    ['Abs', (g, x) => g.Abs(x), [-2, 0, 2], [-1, 0, 1]],
    ['Relu', (g, x) => g.Relu(x), [-1, 0, 1], [0, 0, 1]],
    ['LeakyRelu', (g, x) => g.LeakyRelu(x, { alpha: 0.25 }), [-1, 0, 1], [0.25, 0.25, 1]],
    ['Clip', (g, x) => g.Clip(x, -1, 1), [-1.5, -1, 0, 1, 1.5], [0, 1, 1, 1, 0]],
    ['Max', (g, x) => g.Max(x, g.constant(float32([3], [1, 1, 1]))), [0, 1, 2], [0, 0.5, 1]],
    ['Min', (g, x) => g.Min(x, g.constant(float32([3], [1, 1, 1]))), [0, 1, 2], [1, 0.5, 0]],
    ['Pow', (g, x) => g.Pow(x, g.constant(float32([3], [0, 1, 2]))), [0, 0, 0], [0, 1, 0]],
    ['Round', (g, x) => g.Round(x), [0.5, 1.2], [0, 0]],
  ];
  it.each(corners)('%s has the gradient that PyTorch gives', async (_, f, x, expected) => {
    expectClose(await slopeOf(x, f), expected, { rtol: 0, atol: 0 });
  });

  it('Pow has no gradient by the exponent where the base is 0', async () => {
    const slope = await slopeOf([2, 0.5], (g, x) => g.Pow(g.constant(float32([2], [0, 0])), x));
    expectClose(slope, [0, 0], { rtol: 0, atol: 0 });
  });

  it('comparisons let no gradient through', async () => {
    const slope = await slopeOf([1, 2], (g, x) => g.Mul(g.Cast(g.Greater(x, 1.5), 'float32'), x));
    expectClose(slope, [0, 1], { rtol: 0, atol: 0 });
  });
});

it('refuses to differentiate Clip by its bounds', () => {
  const g = new GraphBuilder('bounds');
  const x = g.input('x', 'float32', [2]);
  const bound = g.input('bound', 'float32', []);
  const [y] = g.append('Clip', [x, bound]) as [Value];
  expect(() => gradients(g, g.ReduceSum(y), [bound])).toThrow('bounds');
});
