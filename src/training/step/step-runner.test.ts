import { afterEach, describe, expect, it } from 'vitest';
import { type Tensor, toNumbers } from '../../core/tensor.ts';
import { weightGoneAstray } from '../divergence.ts';
import { methodOf } from '../methods/index.ts';
import type { Method } from '../methods/method.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { initialState, type TrainingState } from './state.ts';
import { type StepReport, StepRunner, type StepRunnerOptions } from './step-runner.ts';

const shape = [1, 3, 16, 16];
const runners: StepRunner[] = [];
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
});

async function open(
  method: Method,
  changes: Partial<StepRunnerOptions> & { state?: TrainingState } = {},
): Promise<StepRunner> {
  const { averageDecay = 0, state = initialState(method, 1, averageDecay > 0) } = changes;
  const runner = await StepRunner.open(method, state, {
    seed: 1,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay,
    stepsPerRun: 1,
    learningRateAt: () => 1,
    ...changes,
  });
  runners.push(runner);
  return runner;
}

/** Steps 1 to `last` in runs of the sizes that the runner wants. */
async function trainTo(runner: StepRunner, last: number, first = 1): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  let step = first;
  while (step <= last) {
    const end = step + runner.stepsFrom(step, last) - 1;
    reports.push(...(await runner.run(noiseSteps(step, end, shape))));
    step = end + 1;
  }
  return reports;
}

const bytesOf = (state: TrainingState) => new Map([...state].map(([name, { data }]) => [name, [...data]]));

describe('a run of several steps', () => {
  it.each([
    [
      'with a moving average and batch norm',
      { averageDecay: 0.9, options: { generator: { normalization: 'batch' } } },
    ],
    ['of FastCUT', { method: 'fastcut' }],
  ])('gives what the steps give one by one: %s', async (_, changes) => {
    const config = tinyConfig(changes);
    const method = methodOf(config);
    const { averageDecay } = config;
    const [single, several] = [
      await open(method, { averageDecay }),
      await open(method, { averageDecay, stepsPerRun: 3 }),
    ];
    expect(several.stepsFrom(1, 3)).toBe(3);
    const reports = await trainTo(single, 3);
    expect(await trainTo(several, 3)).toEqual(reports);
    expect(weightGoneAstray(single.state, 3)).toBeUndefined();
    expect(bytesOf(several.state)).toEqual(bytesOf(single.state));
  });

  it('ends exactly at the last step', async () => {
    const method = methodOf(tinyConfig());
    const [single, several] = [await open(method), await open(method, { stepsPerRun: 3 })];
    const reports = await trainTo(several, 5);
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(reports).toEqual(await trainTo(single, 5));
    expect(bytesOf(several.state)).toEqual(bytesOf(single.state));
  });
});

describe('stepsFrom', () => {
  it('never goes beyond the last step', async () => {
    const runner = await open(methodOf(tinyConfig()), { stepsPerRun: 4 });
    expect([1, 5, 6, 8].map((first) => runner.stepsFrom(first, 8))).toEqual([4, 4, 1, 1]);
  });

  it('keeps steps of different kinds apart', async () => {
    const method = methodOf(tinyConfig());
    const [kind] = method.steps as [Method['steps'][number]];
    // Two kinds, three steps each in turn.
    const alternating = {
      ...method,
      steps: [kind, { ...kind, name: 'other' }],
      stepAt: (iteration: number) => Math.floor((iteration - 1) / 3) % 2,
    };
    const runner = await open(alternating, { stepsPerRun: 2 });
    expect([1, 2, 3, 4, 5, 6].map((first) => runner.stepsFrom(first, 100))).toEqual([2, 2, 1, 2, 2, 1]);
  });
});

describe('a step', () => {
  it('changes every weight and moment, and counts nothing else as state', async () => {
    const method = methodOf(tinyConfig());
    const runner = await open(method);
    const before = runner.state;
    await trainTo(runner, 1);
    expect([...runner.state.keys()]).toEqual([...before.keys()]);
    const same = [...before].filter(([name, tensor]) => {
      const after = runner.state.get(name) as Tensor;
      return toNumbers(after).join() === toNumbers(tensor).join();
    });
    // Biases before an instance norm have no effect, and so no gradient but rounding.
    expect(same.map(([name]) => name).filter((name) => !name.endsWith('.bias'))).toEqual([]);
  });

  it('draws from streams of its own: only the state before it matters', async () => {
    const method = methodOf(tinyConfig());
    const straight = await open(method);
    await trainTo(straight, 3);
    const resumed = await open(method, { state: new Map(straight.state) });
    expect(await trainTo(resumed, 4, 4)).toEqual(await trainTo(straight, 4, 4));
    expect(bytesOf(resumed.state)).toEqual(bytesOf(straight.state));
  });

  it('leaves the weights alone at learning rate 0', async () => {
    const method = methodOf(tinyConfig());
    const runner = await open(method, { learningRateAt: () => 0 });
    const before = initialState(method, 1, false);
    await trainTo(runner, 2);
    for (const [name, tensor] of before) {
      if (!name.startsWith('adam.')) expect(runner.state.get(name)?.data).toEqual(tensor.data);
    }
  });

  it('updates the running statistics of batch norm, once for every pass', async () => {
    const method = methodOf(tinyConfig({ options: { generator: { normalization: 'batch' } } }));
    const runner = await open(method);
    await trainTo(runner, 2);
    const counted = (layer: number) =>
      toNumbers(runner.state.get(`generator.model.${layer}.num_batches_tracked`) as Tensor);
    // One pass translates; each of two domains is encoded as picture and as translation.
    expect(counted(2)).toEqual([2 * 5]);
    expect(counted(15)).toEqual([2 * 1]);
    const [before, after] = [initialState(method, 1, false), runner.state].map(
      (state) => state.get('generator.model.2.running_mean') as Tensor,
    );
    expect(toNumbers(before as Tensor)).toEqual([0, 0]);
    expect(toNumbers(after as Tensor).every((value) => value !== 0)).toBe(true);
  });
});

it('tells what runs', async () => {
  const runner = await open(methodOf(tinyConfig()));
  expect(runner.provider.provider).toBe('cpu');
});
