import { describe, expect, it } from 'vitest';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import { initialState } from '../step/state.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { trainSteps, weightedSum } from '../testing/train-steps.ts';
import { methodOf } from './index.ts';
import { feedForwardTranslators, type StepContext } from './method.ts';

const shape = [1, 3, 16, 16];
const dclgan = (options: object = {}, others: object = {}) =>
  tinyConfig({ method: 'dclgan', options, ...others });

describe('the losses of DCLGAN', () => {
  it('add up as published, each with its weight', async () => {
    const at = async (options: object) =>
      (await trainSteps(dclgan(options), noiseSteps(1, 1, shape))).losses[0] as Record<string, number>;
    const one = await at({ contrastiveWeight: 1 });
    const other = await at({ contrastiveWeight: 3, identityWeight: 5, adversarialWeight: 0.5 });
    const parts = ['G_A', 'G_B', 'NCE1', 'NCE2', 'idt_A', 'idt_B'];
    expect(Object.keys(one).sort()).toEqual(['D_A', 'D_B', 'G', ...parts].sort());
    const halves = Object.fromEntries(parts.map((name) => [name, 0.5]));
    expect(one.G).toBeCloseTo(weightedSum(one, halves), 5);
    expect(other.G).toBeCloseTo(weightedSum(other, halves), 4);
    expect(other.NCE1).toBeCloseTo(3 * (one.NCE1 as number), 4);
    expect(other.NCE2).toBeCloseTo(3 * (one.NCE2 as number), 4);
    expect(other.idt_A).toBeCloseTo(5 * (one.idt_A as number), 4);
    expect(other.D_A).toBeCloseTo(0.5 * (one.D_A as number), 5);
  });

  it('fall when the same pictures come again and again', async () => {
    const [context] = noiseSteps(1, 1, shape) as [StepContext];
    const steps = Array.from({ length: 24 }, (_, index) => ({ ...context, iteration: index + 1 }));
    const { losses } = await trainSteps(dclgan({ identityWeight: 30 }), steps);
    for (const name of ['idt_A', 'idt_B', 'D_A', 'D_B']) {
      expect(losses.at(-1)?.[name]).toBeLessThan(losses[0]?.[name] as number);
    }
  });

  it('take negatives from all pictures of the batch', async () => {
    const ofBatch = async (size: number) => {
      const config = dclgan({ patches: 4 }, { batchSize: size });
      return (await trainSteps(config, noiseSteps(1, 1, [size, 3, 16, 16]))).losses[0]?.NCE1 as number;
    };
    // The choice among four times as many patches is harder.
    expect(await ofBatch(4)).toBeGreaterThan(await ofBatch(1));
  });
});

it('moves the patch samplers by an optimizer of their own', async () => {
  const config = dclgan({
    optimizer: { learningRate: 1e-4 },
    samplerOptimizer: { learningRate: 0.05 },
  });
  const before = initialState(methodOf(config), 1, false);
  const { state } = await trainSteps(config, noiseSteps(1, 1, shape));
  const moved = (name: string) => {
    const [old, now] = [before, state].map((each) => toNumbers(each.get(name) as Tensor)) as [
      number[],
      number[],
    ];
    return Math.max(...old.map((value, index) => Math.abs(value - (now[index] as number))));
  };
  expect(moved('patchSamplerAtoB.mlp_0.0.weight')).toBeCloseTo(0.05, 3);
  expect(moved('patchSamplerBtoA.mlp_1.2.weight')).toBeCloseTo(0.05, 3);
  expect(moved('generatorAtoB.model.1.weight')).toBeCloseTo(1e-4, 5);
  expect(moved('discriminatorA.model.0.weight')).toBeCloseTo(1e-4, 5);
});

it('hands over a translator for each direction', () => {
  const translators = feedForwardTranslators(methodOf(dclgan()));
  expect(translators.map(({ from, to, network }) => [from, to, network])).toEqual([
    ['A', 'B', 'generatorAtoB'],
    ['B', 'A', 'generatorBtoA'],
  ]);
});
