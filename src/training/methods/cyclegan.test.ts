import { afterEach, describe, expect, it } from 'vitest';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import type { TrainingConfig } from '../config/index.ts';
import { inferenceGraph } from '../export/inference-graph.ts';
import { initialState, stateDictOf, type TrainingState } from '../step/state.ts';
import { type StepReport, StepRunner } from '../step/step-runner.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyCycleGan } from '../testing/tiny-cyclegan.ts';
import { methodOf } from './index.ts';
import { feedForwardTranslators, type StepContext } from './method.ts';

const shape = [1, 3, 16, 16];
const runners: StepRunner[] = [];
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
});

async function open(config: TrainingConfig, state?: TrainingState): Promise<StepRunner> {
  const method = methodOf(config);
  const runner = await StepRunner.open(method, state ?? initialState(method, 1, false), {
    seed: 1,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay: 0,
    stepsPerRun: config.stepsPerRun,
    learningRateAt: () => 1,
  });
  runners.push(runner);
  return runner;
}

async function train(runner: StepRunner, contexts: readonly StepContext[]): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  while (reports.length < contexts.length) {
    const [first, last] = [reports.length + 1, contexts.length];
    const end = reports.length + runner.stepsFrom(first, last);
    reports.push(...(await runner.run(contexts.slice(reports.length, end))));
  }
  return reports;
}

/** Losses of the first step. */
async function firstLosses(changes: object = {}, pictures = shape): Promise<Record<string, number>> {
  const [report] = await train(await open(tinyCycleGan(changes)), noiseSteps(1, 1, pictures));
  return { ...report?.losses };
}

const bytesOf = (state: TrainingState) => new Map([...state].map(([name, { data }]) => [name, [...data]]));

describe('the losses', () => {
  it('add up as published', async () => {
    const losses = await firstLosses();
    const parts = ['G_A', 'G_B', 'cycle_A', 'cycle_B', 'idt_A', 'idt_B'];
    expect(Object.keys(losses).sort()).toEqual([...parts, 'G', 'D_A', 'D_B'].sort());
    const total = parts.reduce((sum, name) => sum + (losses[name] as number), 0);
    expect(losses.G).toBeCloseTo(total, 4);
  });

  it('scale with their weights: the identity of B with those of the cycle from B', async () => {
    const options = { cycleWeightA: 1, cycleWeightB: 2, identityWeight: 3 };
    const [published, other] = [await firstLosses(), await firstLosses({ options })];
    const factor = (name: string) => (other[name] as number) / (published[name] as number);
    expect(factor('cycle_A')).toBeCloseTo(1 / 10, 4);
    expect(factor('cycle_B')).toBeCloseTo(2 / 10, 4);
    expect(factor('idt_A')).toBeCloseTo((2 * 3) / (10 * 0.5), 4);
    expect(factor('idt_B')).toBeCloseTo((1 * 3) / (10 * 0.5), 4);
  });

  it('leave out the identity where it weighs nothing', async () => {
    expect(Object.keys(await firstLosses({ options: { identityWeight: 0 } }))).not.toContain('idt_A');
    const [translator] = methodOf(tinyCycleGan({ options: { identityWeight: 0 } })).translators;
    expect(translator?.identity).toBe(false);
  });

  it('fall when the same pictures come again and again', async () => {
    const [context] = noiseSteps(1, 1, shape) as [StepContext];
    const steps = Array.from({ length: 40 }, (_, index) => ({ ...context, iteration: index + 1 }));
    const options = { generator: { filters: 4 }, poolSize: 0 };
    const losses = await train(await open(tinyCycleGan({ options })), steps);
    const mean = (name: string, from: number) =>
      losses.slice(from, from + 8).reduce((sum, report) => sum + (report.losses[name] as number) / 8, 0);
    expect(mean('cycle_A', 32)).toBeLessThan(mean('cycle_A', 0) * 0.9);
    expect(mean('D_B', 32)).toBeLessThan(mean('D_B', 0));
  });
});

describe('the gradient penalty', () => {
  const critic = { adversarialObjective: 'wgangp', discriminator: { normalization: 'none' } };

  it('joins the loss of the critic, weighted', async () => {
    const at = (gradientPenaltyWeight: number) =>
      firstLosses({ options: { ...critic, gradientPenaltyWeight } });
    const [none, one, three] = [await at(0), await at(1e-4), await at(3e-4)];
    expect(Object.keys(none)).not.toContain('D_A_penalty');
    for (const name of ['D_A', 'D_B']) {
      const penalty = one[`${name}_penalty`] as number;
      expect(penalty).toBeGreaterThan(0.1);
      expect(three[`${name}_penalty`]).toBeCloseTo(3 * penalty, 4);
      expect(one[name]).toBeCloseTo((none[name] as number) + penalty / 2, 4);
    }
  });

  it('draws the slope of the critic towards 1', async () => {
    const options = { ...critic, gradientPenaltyWeight: 100, optimizer: { learningRate: 0.02 } };
    const reports = await train(await open(tinyCycleGan({ options })), noiseSteps(1, 30, shape));
    const [first, last] = [reports[0], reports.at(-1)].map((report) => report?.losses.D_A_penalty as number);
    expect(last).toBeLessThan((first as number) / 2);
  });

  it('belongs to wgangp alone', async () => {
    const losses = await firstLosses({ options: { adversarialObjective: 'hinge' } });
    expect(Object.keys(losses)).not.toContain('D_A_penalty');
  });
});

describe('the state', () => {
  it('holds a pool for the translations to each domain', () => {
    const state = initialState(methodOf(tinyCycleGan({ options: { poolSize: 50 } })), 0, false);
    for (const name of ['memory/fake_A', 'memory/fake_B']) {
      expect(state.get(name)?.dims).toEqual([50, 3, 16, 16]);
      expect(toNumbers(state.get(name) as Tensor).every((value) => value === 0)).toBe(true);
    }
  });

  it('starts the networks of both directions differently', () => {
    const state = initialState(methodOf(tinyCycleGan()), 0, false);
    const weights = (network: string) => toNumbers(state.get(`${network}.model.1.weight`) as Tensor);
    expect(weights('generatorAtoB')).not.toEqual(weights('generatorBtoA'));
  });

  it('is all that a resumed run needs', async () => {
    const contexts = noiseSteps(1, 7, shape);
    const config = tinyCycleGan({ options: { adversarialObjective: 'wgangp' } });
    const straight = await open(config);
    const reports = await train(straight, contexts);
    const before = await open(config);
    await train(before, contexts.slice(0, 4));
    const resumed = await open(config, new Map(before.state));
    expect(await train(resumed, contexts.slice(4))).toEqual(reports.slice(4));
    expect(bytesOf(resumed.state)).toEqual(bytesOf(straight.state));
  });

  it('is the same after several steps in one run', async () => {
    const [single, several] = [await open(tinyCycleGan()), await open(tinyCycleGan({ stepsPerRun: 3 }))];
    const contexts = noiseSteps(1, 7, shape);
    expect(await train(several, contexts)).toEqual(await train(single, contexts));
    expect(bytesOf(several.state)).toEqual(bytesOf(single.state));
  });

  it('changes the discriminators, once the pool is full, by what it hands out', async () => {
    const run = async (poolSize: number) => {
      const runner = await open(tinyCycleGan({ options: { poolSize } }));
      const reports = await train(runner, noiseSteps(1, 8, shape));
      return reports.map(({ losses }) => losses.D_A);
    };
    const [none, small] = [await run(0), await run(1)];
    expect(small[0]).toBe(none[0]);
    expect(small).not.toEqual(none);
  });
});

describe('the networks', () => {
  it.each(['batch', 'none'])('take the norm %s', async (normalization) => {
    const options = { generator: { normalization }, discriminator: { normalization } };
    const losses = await firstLosses({ batchSize: 2, options }, [2, 3, 16, 16]);
    expect(Object.values(losses).every(Number.isFinite)).toBe(true);
  });

  const unet = {
    cropSize: 32,
    loadSize: 32,
    options: { generator: { kind: 'unet', downs: 5, filters: 1 }, discriminator: { kind: 'pixel' } },
  };

  it('may be a U-Net and a pixel discriminator', async () => {
    const losses = await firstLosses(unet, [1, 3, 32, 32]);
    expect(Object.values(losses).every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['ResNets', {}, 4],
    ['U-Nets', unet, 32],
  ])('become translators in both directions: %s', (_, changes, sizeMultiple) => {
    const method = methodOf(tinyCycleGan(changes));
    const translators = feedForwardTranslators(method);
    expect(translators.map(({ from, to, network }) => [from, to, network])).toEqual([
      ['A', 'B', 'generatorAtoB'],
      ['B', 'A', 'generatorBtoA'],
    ]);
    const state = initialState(method, 0, false);
    for (const translator of translators) {
      expect(translator.sizeMultiple).toBe(sizeMultiple);
      const weights = stateDictOf(method, state, translator.network, false);
      const { outputs } = inferenceGraph({ ...translator, name: translator.network, weights });
      expect(outputs).toHaveLength(1);
    }
  });
});
