import { GraphError } from '../../onnx/errors.ts';
import type { Value } from '../../onnx/ir.ts';
import { type GradientContext, inputOf, notDifferentiable, outputOf, rule, zeroGradient } from './rule.ts';
import { sumTo, uniformConstant } from './shapes.ts';

/** y = f(x): gx = f'(x) gy. */
const unary = (derive: (context: GradientContext, gy: Value, x: Value, y: Value) => Value) =>
  rule((context, gy) => [derive(context, gy, inputOf(context, 0), outputOf(context))]);

/** y = f(a, b) with broadcasting: each side's gradient is summed down to its shape. */
const binary = (sides: {
  readonly a: (context: GradientContext, gy: Value, a: Value, b: Value) => Value;
  readonly b: (context: GradientContext, gy: Value, a: Value, b: Value) => Value;
}) =>
  rule((context, gy) => {
    const [a, b] = [inputOf(context, 0), inputOf(context, 1)];
    return [
      context.wanted[0] ? sumTo(context.g, sides.a(context, gy, a, b), a) : undefined,
      context.wanted[1] ? sumTo(context.g, sides.b(context, gy, a, b), b) : undefined,
    ];
  });

/** Larger (or smaller) of two: the gradient goes to the winner, halves to both on a tie, as PyTorch does. */
const extremum = (wins: 'Greater' | 'Less') => {
  const share = ({ g }: GradientContext, gy: Value, mine: Value, other: Value): Value =>
    g.Where(g.Equal(mine, other), g.Mul(gy, 0.5), g.Where(g[wins](mine, other), gy, 0));
  return binary({ a: share, b: (context, gy, a, b) => share(context, gy, b, a) });
};

/** 1 where x > 0, else 0. As a factor it is twice as fast as Where with the gradient (ONNX Runtime 1.30, CPU). */
const positive = ({ g }: GradientContext, x: Value): Value => g.Cast(g.Greater(x, 0), x.dtype);

/** d leaky(x) / dx = 1 where x > 0, else alpha. */
const leakyRelu = unary((context, gy, x) => {
  const { g, node } = context;
  const alpha = (node.attributes.alpha as number | undefined) ?? 0.01;
  if (alpha < 0 || alpha > 1) return g.Where(g.Greater(x, 0), gy, g.Mul(gy, alpha));
  return g.Mul(gy, g.Clip(positive(context, x), alpha, 1));
});

/** Inside the bounds, both included, as PyTorch's clamp. */
const clip = rule(({ g, node, wanted }, gy) => {
  const [x, low, high] = node.inputs as [Value, Value | undefined, Value | undefined];
  if (wanted[1] || wanted[2]) throw new GraphError(`${node.name}: Clip has no gradient by its bounds`);
  const above = low === undefined ? gy : g.Where(g.GreaterOrEqual(x, low), gy, 0);
  return [high === undefined ? above : g.Where(g.LessOrEqual(x, high), above, 0)];
});

/** d a^b / da = b a^(b - 1), and 0 where b is 0, also at a = 0. */
function powerByBase({ g }: GradientContext, gy: Value, a: Value, b: Value): Value {
  const exponent = uniformConstant(b);
  if (exponent === 2) return g.Mul(gy, g.Mul(a, 2));
  if (exponent !== undefined && exponent !== 0) {
    return g.Mul(gy, g.Mul(g.Pow(a, g.scalar(exponent - 1, a.dtype)), exponent));
  }
  return g.Where(g.Equal(b, 0), 0, g.Mul(gy, g.Mul(b, g.Pow(a, g.Sub(b, 1)))));
}

/** d a^b / db = a^b ln a, and 0 where a is 0. */
function powerByExponent(context: GradientContext, gy: Value, a: Value): Value {
  const { g } = context;
  const logarithm = g.Log(g.Where(g.Equal(a, 0), 1, a));
  return g.Mul(gy, g.Mul(outputOf(context), logarithm));
}

export const elementwiseRules = {
  Abs: unary(({ g }, gy, x) => g.Mul(gy, g.Sign(x))),
  Neg: unary(({ g }, gy) => g.Neg(gy)),
  Exp: unary(({ g }, gy, _, y) => g.Mul(gy, y)),
  Log: unary(({ g }, gy, x) => g.Div(gy, x)),
  Sqrt: unary(({ g }, gy, _, y) => g.Div(g.Mul(gy, 0.5), y)),
  Reciprocal: unary(({ g }, gy, _, y) => g.Neg(g.Mul(gy, g.Mul(y, y)))),
  // d erf(x) = 2 / sqrt(pi) exp(-x^2) dx
  Erf: unary(({ g }, gy, x) => g.Mul(gy, g.Mul(g.Exp(g.Neg(g.Mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  Sigmoid: unary(({ g }, gy, _, y) => g.Mul(gy, g.Mul(y, g.Sub(1, y)))),
  Tanh: unary(({ g }, gy, _, y) => g.Mul(gy, g.Sub(1, g.Mul(y, y)))),
  Relu: unary((context, gy, _, y) => context.g.Mul(gy, positive(context, y))),
  Softplus: unary(({ g }, gy, x) => g.Mul(gy, g.Sigmoid(x))),
  Sin: unary(({ g }, gy, x) => g.Mul(gy, g.Cos(x))),
  Cos: unary(({ g }, gy, x) => g.Neg(g.Mul(gy, g.Sin(x)))),
  Sign: zeroGradient,
  Floor: zeroGradient,
  Ceil: zeroGradient,
  Round: zeroGradient,
  Not: notDifferentiable,
  Identity: unary((_, gy) => gy),
  LeakyRelu: leakyRelu,
  Clip: clip,
  Cast: unary(({ g }, gy, x) => g.Cast(gy, x.dtype)),
  Add: binary({ a: (_, gy) => gy, b: (_, gy) => gy }),
  Sub: binary({ a: (_, gy) => gy, b: ({ g }, gy) => g.Neg(gy) }),
  Mul: binary({ a: ({ g }, gy, _, b) => g.Mul(gy, b), b: ({ g }, gy, a) => g.Mul(gy, a) }),
  Div: binary({
    a: ({ g }, gy, _, b) => g.Div(gy, b),
    b: ({ g }, gy, a, b) => g.Neg(g.Div(g.Mul(gy, a), g.Mul(b, b))),
  }),
  Pow: binary({ a: powerByBase, b: powerByExponent }),
  Max: extremum('Greater'),
  Min: extremum('Less'),
  Equal: notDifferentiable,
  Less: notDifferentiable,
  LessOrEqual: notDifferentiable,
  Greater: notDifferentiable,
  GreaterOrEqual: notDifferentiable,
  And: notDifferentiable,
  Or: notDifferentiable,
  Where: rule(({ g, node, wanted }, gy) => {
    const [condition, a, b] = node.inputs as [Value, Value, Value];
    return [
      undefined,
      wanted[1] ? sumTo(g, g.Where(condition, gy, 0), a) : undefined,
      wanted[2] ? sumTo(g, g.Where(condition, 0, gy), b) : undefined,
    ];
  }),
} as const;
