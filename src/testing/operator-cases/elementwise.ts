import type { Tensor } from '../../core/tensor.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import type { CaseOf, Draw } from './draw.ts';

/** x -> operator(x). */
function unary(apply: (g: GraphBuilder, x: Value) => Value): CaseOf {
  return (draw) => ({
    inputs: [draw.floats(draw.shape(0, 4))],
    build: (g, [x]) => [apply(g, x as Value)],
    free: 'all',
  });
}

/** a, b -> operator(a, b) with broadcasting either way. */
function binary(
  apply: (g: GraphBuilder, a: Value, b: Value) => Value,
  fill: (draw: Draw, dims: readonly number[]) => Tensor = (draw, dims) => draw.floats(dims),
): CaseOf {
  return (draw) => {
    const wide = draw.shape(0, 4);
    const pair = [fill(draw, wide), fill(draw, draw.broadcastable(wide))];
    return {
      inputs: draw.boolean() ? pair : pair.reverse(),
      build: (g, [a, b]) => [apply(g, a as Value, b as Value)],
      free: 'all',
    };
  };
}

const logical = (apply: (g: GraphBuilder, a: Value, b: Value) => Value) =>
  binary(apply, (draw, dims) => draw.booleans(dims));

export const elementwiseCases = {
  Abs: unary((g, x) => g.Abs(x)),
  Neg: unary((g, x) => g.Neg(x)),
  Exp: unary((g, x) => g.Exp(x)),
  Log: unary((g, x) => g.Log(x)),
  Sqrt: unary((g, x) => g.Sqrt(x)),
  Reciprocal: unary((g, x) => g.Reciprocal(x)),
  Erf: unary((g, x) => g.Erf(x)),
  Sigmoid: unary((g, x) => g.Sigmoid(x)),
  Tanh: unary((g, x) => g.Tanh(x)),
  Relu: unary((g, x) => g.Relu(x)),
  Softplus: unary((g, x) => g.Softplus(x)),
  Sin: unary((g, x) => g.Sin(x)),
  Cos: unary((g, x) => g.Cos(x)),
  Sign: unary((g, x) => g.Sign(x)),
  Floor: unary((g, x) => g.Floor(x)),
  Ceil: unary((g, x) => g.Ceil(x)),
  Round: unary((g, x) => g.Round(x)),
  Identity: unary((g, x) => g.Identity(x)),
  StopGradient: unary((g, x) => g.StopGradient(x)),
  LeakyRelu: unary((g, x) => g.LeakyRelu(x, { alpha: 0.2 })),
  Clip: unary((g, x) => g.Clip(x, 0.5, 1)),
  Cast: (draw) => {
    const to = draw.oneOf('float64', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool');
    return {
      inputs: [draw.floats(draw.shape(0, 3))],
      build: (g, [x]) => [g.Cast(x as Value, to)],
      free: 'all',
    };
  },
  Not: (draw) => ({
    inputs: [draw.booleans(draw.shape(0, 3))],
    build: (g, [x]) => [g.Not(x as Value)],
    free: 'all',
  }),
  Add: binary((g, a, b) => g.Add(a, b)),
  Sub: binary((g, a, b) => g.Sub(a, b)),
  Mul: binary((g, a, b) => g.Mul(a, b)),
  Div: binary((g, a, b) => g.Div(a, b)),
  Pow: binary((g, a, b) => g.Pow(a, b)),
  Max: binary((g, a, b) => g.Max(a, b)),
  Min: binary((g, a, b) => g.Min(a, b)),
  Equal: binary((g, a, b) => g.Equal(a, b)),
  Less: binary((g, a, b) => g.Less(a, b)),
  LessOrEqual: binary((g, a, b) => g.LessOrEqual(a, b)),
  Greater: binary((g, a, b) => g.Greater(a, b)),
  GreaterOrEqual: binary((g, a, b) => g.GreaterOrEqual(a, b)),
  And: logical((g, a, b) => g.And(a, b)),
  Or: logical((g, a, b) => g.Or(a, b)),
  Where: (draw) => {
    const wide = draw.shape(0, 4);
    const [condition, a] = [draw.booleans(draw.broadcastable(wide)), draw.floats(draw.broadcastable(wide))];
    return {
      inputs: [condition, a, draw.floats(wide)],
      build: (g, [c, x, y]) => [g.Where(c as Value, x as Value, y as Value)],
      free: 'all',
    };
  },
} as const satisfies Readonly<Record<string, CaseOf>>;
