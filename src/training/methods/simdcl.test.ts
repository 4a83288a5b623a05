import { expect, it } from 'vitest';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import { initialState } from '../step/state.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { trainSteps, weightedSum } from '../testing/train-steps.ts';
import { methodOf } from './index.ts';

const shape = [1, 3, 16, 16];
const simdcl = (options: object = {}, others: object = {}) =>
  tinyConfig({ method: 'simdcl', options, ...others });

it('adds up its losses as published; the heads learn with the patch samplers', async () => {
  const config = simdcl({ similarityWeight: 4, samplerOptimizer: { learningRate: 0.05 } });
  const { losses, state } = await trainSteps(config, noiseSteps(1, 1, shape));
  const [first] = losses as [Record<string, number>];
  const parts = ['G_A', 'G_B', 'NCE1', 'NCE2', 'idt_A', 'idt_B'];
  expect(Object.keys(first).sort()).toEqual(['D_A', 'D_B', 'G', 'Sim', ...parts].sort());
  const halves = Object.fromEntries(parts.map((name) => [name, 0.5]));
  expect(first.G).toBeCloseTo(weightedSum(first, { ...halves, Sim: 1 }), 5);
  const before = initialState(methodOf(config), 1, false);
  for (const head of ['mappingRealA', 'mappingFakeB', 'mappingRealB', 'mappingFakeA']) {
    const [old, now] = [before, state].map((each) => toNumbers(each.get(`${head}.model.6.bias`) as Tensor));
    const moved = (old as number[]).map((value, index) => Math.abs(value - ((now as number[])[index] ?? 0)));
    expect(Math.max(...moved)).toBeCloseTo(0.05, 3);
  }
});

it('leaves the heads alone where the similarity has no weight', async () => {
  const config = simdcl({ similarityWeight: 0 });
  const { losses, state } = await trainSteps(config, noiseSteps(1, 1, shape));
  expect(losses[0]?.Sim).toBe(0);
  const before = initialState(methodOf(config), 1, false);
  const name = 'mappingRealA.model.4.weight';
  expect(toNumbers(state.get(name) as Tensor)).toEqual(toNumbers(before.get(name) as Tensor));
});

it('maps each picture of a batch', async () => {
  const { losses } = await trainSteps(simdcl({}, { batchSize: 2 }), noiseSteps(1, 1, [2, 3, 16, 16]));
  expect(losses[0]?.Sim).toBeGreaterThan(0);
});

it('says so when a feature map has fewer places than are asked for', () => {
  expect(() => methodOf(simdcl({ patches: 20 }))).toThrow(
    /as many patches of every layer.*smallest feature map/,
  );
});
