import { describe, expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { expectClose } from '../../testing/close.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { normals } from '../../testing/samples.ts';
import { type AdversarialObjective, adversarialLoss, adversarialObjectives } from './adversarial.ts';

/** GANLoss of the published code, element by element in double precision. */
const references: Readonly<Record<AdversarialObjective, (d: number, real: boolean) => number>> = {
  lsgan: (d, real) => (d - (real ? 1 : 0)) ** 2,
  vanilla: (d, real) => (real ? -Math.log(sigmoid(d)) : -Math.log(1 - sigmoid(d))),
  hinge: (d, real) => Math.max(0, real ? 1 - d : 1 + d),
  wgangp: (d, real) => (real ? -d : d),
  nonsaturating: (d, real) => Math.log1p(Math.exp(real ? -d : d)),
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function graphOf(objective: AdversarialObjective, dims: readonly number[], real: boolean) {
  const g = new GraphBuilder('loss');
  return g.build([adversarialLoss(g, objective, g.input('prediction', 'float32', dims), real)]);
}

describe.each(adversarialObjectives)('%s', (objective) => {
  it.each([true, false])('is the mean over all places of all pictures (real: %s)', async (real) => {
    const prediction = normals([3, 1, 4, 5], 'prediction', objective);
    const loss = await evaluateOne(graphOf(objective, prediction.dims, real), { prediction });
    const expected = mean(toNumbers(prediction).map((d) => references[objective](d, real)));
    expectClose(loss, float32([], [expected]), { rtol: 1e-6 });
  });
});

it.each([
  ['lsgan', 4, 9],
  ['hinge', 0, 4],
  ['wgangp', -3, 3],
] as const)(
  '%s of a prediction of 3 is %d held against real and %d against fake',
  async (name, real, fake) => {
    const prediction = float32([1, 1, 1, 1], [3]);
    expect(toNumbers(await evaluateOne(graphOf(name, [1, 1, 1, 1], true), { prediction }))).toEqual([real]);
    expect(toNumbers(await evaluateOne(graphOf(name, [1, 1, 1, 1], false), { prediction }))).toEqual([fake]);
  },
);

it.each(['vanilla', 'nonsaturating'] as const)('%s stays finite for predictions far off', async (name) => {
  const prediction = float32([1, 1, 1, 2], [-200, 200]);
  expectClose(await evaluateOne(graphOf(name, [1, 1, 1, 2], true), { prediction }), float32([], [100]));
  expectClose(await evaluateOne(graphOf(name, [1, 1, 1, 2], false), { prediction }), float32([], [100]));
});
