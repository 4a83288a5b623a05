import { afterEach, describe, expect, it } from 'vitest';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import type { Value } from '../../onnx/ir.ts';
import { expectClose } from '../../testing/close.ts';
import type { TrainingConfig } from '../config/index.ts';
import { methodOf } from '../methods/index.ts';
import type { StepContext } from '../methods/method.ts';
import { noiseSteps } from '../testing/batches.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { tinyCycleGan } from '../testing/tiny-cyclegan.ts';
import { tinyMethod, weightOf } from '../testing/tiny-method.ts';
import { AccumulatingRunner } from './accumulating-runner.ts';
import { phasesOf } from './accumulation.ts';
import { initialState, type TrainingState } from './state.ts';
import { StepRunner, type TrainingStepper } from './step-runner.ts';

const size = [3, 16, 16];
const options = {
  seed: 1,
  session: { provider: 'cpu', threads: 1, optimization: 'basic' },
  averageDecay: 0.9,
  stepsPerRun: 1,
  learningRateAt: () => 1,
} as const;

const runners: TrainingStepper[] = [];
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
});

async function open(kind: typeof StepRunner | typeof AccumulatingRunner, config: TrainingConfig) {
  const method = methodOf(config);
  const runner = await kind.open(method, initialState(method, 1, true), options);
  runners.push(runner);
  return runner;
}

/** The pictures of a batch, one micro-batch each. */
function parts({ batch, ...context }: StepContext): StepContext[] {
  const count = batch.A.dims[0] as number;
  const picture = ({ data, dims: [, ...dims] }: Tensor, index: number) => {
    const length = data.length / count;
    return float32([1, ...dims], (data as Float32Array).slice(index * length, (index + 1) * length));
  };
  return Array.from({ length: count }, (_, index) => ({
    ...context,
    batch: { A: picture(batch.A, index), B: picture(batch.B, index) },
    part: { index, count },
  }));
}

const entries = (state: TrainingState, prefix: string) =>
  [...state].filter(([name]) => name.startsWith(prefix));

describe('a step over micro-batches', () => {
  it.each([
    ['CUT', (changes: object) => tinyConfig(changes), {}],
    ['FastCUT', (changes: object) => tinyConfig({ method: 'fastcut', ...changes }), {}],
    ['CycleGAN without a pool', (changes: object) => tinyCycleGan(changes), { options: { poolSize: 0 } }],
  ])('of %s is that of one batch that holds them', async (_, configure, changes) => {
    const whole = await open(StepRunner, configure({ ...changes, batchSize: 2 }));
    const accumulating = await open(AccumulatingRunner, configure(changes));
    const [context] = noiseSteps(1, 1, [2, ...size]) as [StepContext];
    const [expected] = await whole.run([context]);
    const [found] = await accumulating.run(parts(context));
    expect(Object.keys(found?.losses ?? {})).toEqual(Object.keys(expected?.losses ?? {}));
    for (const [name, loss] of Object.entries(expected?.losses ?? {})) {
      expect(found?.losses[name], name).toBeCloseTo(loss, 4);
    }
    // After one step the mean is (1 - beta1) times the gradient.
    const means = entries(whole.state, 'adam.').filter(([name]) => name.includes('.mean/'));
    expect(means.length).toBeGreaterThan(20);
    const largest = Math.max(...means.flatMap(([, mean]) => toNumbers(mean).map(Math.abs)));
    for (const [name, mean] of means) {
      expectClose(accumulating.state.get(name) as Tensor, mean, { rtol: 1e-3, atol: 1e-5 * largest });
    }
    const [[weight, moved]] = entries(whole.state, 'average/') as [[string, Tensor]];
    expectClose(accumulating.state.get(weight) as Tensor, moved, { atol: 1e-4 });
  });

  it('leaves nothing that is not in the state of a resumed run', async () => {
    const config = tinyCycleGan({ options: { poolSize: 2 } });
    const contexts = noiseSteps(1, 4, [2, ...size]).map(parts);
    const straight = await open(AccumulatingRunner, config);
    for (const step of contexts.slice(0, 2)) await straight.run(step);
    const method = methodOf(config);
    const resumed = await AccumulatingRunner.open(method, new Map(straight.state), options);
    runners.push(resumed);
    for (const runner of [straight, resumed]) {
      for (const step of contexts.slice(2)) await runner.run(step);
    }
    for (const [name, { data }] of straight.state) {
      expect([...(resumed.state.get(name)?.data ?? [])], name).toEqual([...data]);
    }
    expect([...resumed.state.keys()]).toEqual([...straight.state.keys()]);
  });

  it('lets each micro-batch move running statistics, once for each pass of the published step', async () => {
    const config = tinyConfig({ options: { generator: { normalization: 'batch' } } });
    const [context] = noiseSteps(1, 1, [3, ...size]) as [StepContext];
    const [plain, accumulating] = [await open(StepRunner, config), await open(AccumulatingRunner, config)];
    await plain.run(
      parts(context)
        .slice(0, 1)
        .map(({ part, ...only }) => only),
    );
    await accumulating.run(parts(context));
    const passes = ({ state }: TrainingStepper) => {
      const [[, counted]] = entries(state, 'generator.').filter(([name]) =>
        name.endsWith('num_batches_tracked'),
      ) as [[string, Tensor]];
      return toNumbers(counted)[0] as number;
    };
    expect(passes(plain)).toBeGreaterThan(0);
    expect(passes(accumulating)).toBe(3 * passes(plain));
  });
});

it('lets an optimizer that has two turns step on the sums of each', async () => {
  const method = tinyMethod((step) => {
    const g = step.graph;
    const [product, square] = [
      g.Mul(weightOf(step, 'd'), weightOf(step, 'g')),
      g.Mul(weightOf(step, 'd'), weightOf(step, 'd')),
    ].map((loss) => g.ReduceSum(loss)) as [Value, Value];
    step.minimizeInTurn([
      { optimizers: ['d', 'g'], loss: product },
      { optimizers: 'd', loss: step.report('square', square) },
    ]);
  });
  const weights = { 'd.w': float32([1], [2]), 'g.w': float32([1], [3]) };
  const state = new Map([...initialState(method, 1, false), ...Object.entries(weights)]);
  const whole = await StepRunner.open(method, state, options);
  const accumulating = await AccumulatingRunner.open(method, state, options);
  runners.push(whole, accumulating);
  const [context] = noiseSteps(1, 1, [2, ...size]) as [StepContext];
  const expected = await whole.run([context]);
  expect(await accumulating.run(parts(context))).toEqual(expected);
  for (const [name, tensor] of whole.state) {
    expectClose(accumulating.state.get(name) as Tensor, tensor, { rtol: 1e-6 });
  }
  // Two steps of about 0.25 each.
  expect(toNumbers(whole.state.get('d.w') as Tensor)[0]).toBeLessThan(1.6);
});

describe('phasesOf', () => {
  const optimizersOf = (config: TrainingConfig) => {
    const method = methodOf(config);
    const [kind] = method.steps as [(typeof method.steps)[0]];
    return phasesOf(method, kind, initialState(method, 1, false), options).map(({ turns }) =>
      turns.flatMap(({ optimizers }) => optimizers),
    );
  };

  it('parts losses where one looks at what another has updated', () => {
    expect(optimizersOf(tinyConfig())).toEqual([['discriminator'], ['generator']]);
    expect(optimizersOf(tinyConfig({ method: 'dclgan' }))).toEqual([
      ['discriminators'],
      ['generators', 'patchSamplers'],
    ]);
    expect(optimizersOf(tinyCycleGan())).toEqual([['generators', 'discriminators']]);
  });

  it('refuses a loss that looks at weights from before and after their update', () => {
    const method = tinyMethod((step) => {
      const before = weightOf(step, 'd');
      step.minimize('d', before);
      step.minimize('g', step.graph.Mul(step.graph.Mul(weightOf(step, 'g'), before), weightOf(step, 'd')));
    });
    const [kind] = method.steps as [(typeof method.steps)[0]];
    expect(() => phasesOf(method, kind, initialState(method, 1, false), options)).toThrow(
      'tiny cannot add up gradients over micro-batches: the loss of g looks at weights from before an update',
    );
  });
});
