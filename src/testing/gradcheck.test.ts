import { describe, expect, it } from 'vitest';
import { straightThrough } from '../autodiff/stop-gradient.ts';
import { float32 } from '../core/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { type GradientCase, gradcheck, gradientOf } from './gradcheck.ts';
import { normals } from './samples.ts';

const of = (
  form: GradientCase['form'],
  build: (g: GraphBuilder, x: Value, y: Value) => Value | readonly Value[],
): GradientCase => ({
  inputs: [normals([2, 3], 'x'), normals([3], 'y')],
  build: (g, [x, y]) => build(g, x as Value, y as Value),
  form,
});

const failure = async (subject: GradientCase): Promise<string> => {
  const outcome = await gradcheck(subject).catch((error: Error) => error.message);
  return outcome ?? 'passed';
};

describe('gradcheck accepts', () => {
  it('linear and curved functions, of one output or of several', async () => {
    await gradcheck(of('linear', (g, x, y) => g.Mul(x, y)));
    await gradcheck(of('smooth', (g, x, y) => [g.Tanh(g.Mul(x, y)), g.Exp(y)]));
    await gradcheck(gradientOf(of('smooth', (g, x, y) => g.Tanh(g.Mul(x, y)))));
  });
});

describe('gradcheck refuses', () => {
  it('a derivative of another function, naming the input and both slopes', async () => {
    const message = await failure(of('smooth', (g, x) => straightThrough(g, g.Sin(x), g.Tanh(x))));
    expect(message).toMatch(
      /the gradient by input 0 \(float32\[2, 3\]\) is wrong: along a random direction finite differences give -?[\d.]+, gradients give -?[\d.]+, \d+(e\+\d+|\.\d+)? times the tolerance/,
    );
  });

  it('a gradient by the second input that is missing', async () => {
    expect(await failure(of('linear', (g, x, y) => g.Mul(x, g.StopGradient(y))))).toContain('by input 1');
  });

  it('a gradient that is one percent off in one element', async () => {
    const subject = of('linear', (g, x) => {
      const error = g.Mul(x, g.constant(float32([2, 3], [0, 0, 0, 0, 0.01, 0])));
      return g.Add(x, g.StopGradient(error));
    });
    expect(await failure(subject)).toContain('by input 0');
  });

  it('a curvature that is a thousandth of the slope', async () => {
    const subject = of('smooth', (g, x) => g.Add(g.Mul(x, 3), g.StopGradient(g.Mul(g.Tanh(x), 0.003))));
    expect(await failure(subject)).toContain('by input 0');
  });

  it('a gradient that is not a number', async () => {
    const subject = { ...of('smooth', (g, x) => g.Sqrt(g.Mul(x, x))), inputs: [float32([1], [0])] };
    expect(await failure(subject)).toContain('NaN');
  });

  it('a wrong second derivative behind a right first one', async () => {
    const subject = of('smooth', (g, x) => {
      // Value and slope of sin(x), but the slope's own slope is cut.
      const tangent = g.Mul(g.Sub(x, g.StopGradient(x)), g.StopGradient(g.Cos(x)));
      return g.Add(g.StopGradient(g.Sin(x)), tangent);
    });
    await gradcheck(subject);
    expect(await failure(gradientOf(subject))).toContain('by input 0');
  });
});
