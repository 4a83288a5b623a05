import { expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { gradcheck } from '../../testing/gradcheck.ts';
import { normals } from '../../testing/samples.ts';
import { gradientPenalty } from './gradient-penalty.ts';

async function penaltyOf(
  feeds: { real: Tensor; fake: Tensor; mix: Tensor },
  judge: (g: GraphBuilder, pictures: Value) => Value,
): Promise<number> {
  const g = new GraphBuilder('penalty');
  const input = (name: keyof typeof feeds) => g.input(name, 'float32', feeds[name].dims);
  const pictures = { real: input('real'), fake: input('fake'), mix: input('mix') };
  const penalty = gradientPenalty(g, { ...pictures, judge: (x) => judge(g, x) });
  return toNumbers(await evaluateOne(g.build([penalty]), feeds))[0] as number;
}

const pictures = (...values: number[]) => float32([values.length, 1, 1, 1], values);

it('is the mean over pictures of the squared distance of the slope from 1', async () => {
  // D(x) = x^2 has the slope 2x: at the mixtures 0.25 * 4 + 0.75 * 0 = 1 and 0.5 * 2 + 0.5 * 4 = 3 it is 2 and 6.
  const feeds = { real: pictures(4, 2), fake: pictures(0, 4), mix: pictures(0.25, 0.5) };
  const penalty = await penaltyOf(feeds, (g, x) => g.Mul(x, x));
  expect(penalty).toBeCloseTo(((2 - 1) ** 2 + (6 - 1) ** 2) / 2, 4);
});

it('takes the norm of the slope over all pixels of a picture, and sums over the map', async () => {
  const feeds = {
    real: normals([1, 2, 1, 2], 'real'),
    fake: normals([1, 2, 1, 2], 'fake'),
    mix: pictures(0.3),
  };
  // Linear, so the mixture does not matter: every pixel has the slope 3 + 1.
  const judge = (g: GraphBuilder, x: Value) => g.Concat([g.Mul(x, 3), x], 1);
  expect(await penaltyOf(feeds, judge)).toBeCloseTo((Math.sqrt(4 * 4 ** 2) - 1) ** 2, 4);
});

it('is finite for a critic without a slope', async () => {
  const feeds = { real: pictures(1), fake: pictures(2), mix: pictures(0.5) };
  expect(await penaltyOf(feeds, (g, x) => g.Mul(x, 0))).toBeCloseTo(1, 6);
});

it('has a right gradient for the weights of the critic', async () => {
  const [real, fake] = [normals([2, 2, 4, 4], 'real'), normals([2, 2, 4, 4], 'fake')];
  await gradcheck({
    inputs: [normals([3, 2, 2, 2], 'first'), normals([1, 3, 2, 2], 'second')],
    build: (g, [first, second]) =>
      gradientPenalty(g, {
        real: g.constant(real),
        fake: g.constant(fake),
        mix: g.constant(pictures(0.2, 0.7)),
        judge: (x) => g.Conv(g.Tanh(g.Conv(x, first as Value)), second as Value),
      }),
    form: 'smooth',
    step: 0.02,
  });
});
