import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/ir.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { evaluate } from '../../testing/evaluate.ts';
import type { Method, OptimizerSpec, StepContext } from '../methods/method.ts';
import { tinyMethod, weightOf } from '../testing/tiny-method.ts';
import { initialState } from './state.ts';
import { type Feed, StepBuilder, type StepBuilderOptions } from './step-builder.ts';

/** Step 1 from g = 3 and d = 2; gives back every report, state entry and gradient by name. */
async function runStep(
  build: (step: StepBuilder) => void,
  changes: Partial<StepBuilderOptions> = {},
  batch?: StepContext['batch'],
  parts: Partial<Method> = {},
): Promise<(name: string) => number | undefined> {
  const method = { ...tinyMethod(build), ...parts };
  const graph = new GraphBuilder('step');
  const tensors = new Map<string, Tensor>(initialState(method, 0, false))
    .set('g.w', float32([1], [3]))
    .set('d.w', float32([1], [2]));
  if (changes.averageDecay !== undefined) tensors.set('average/g.w', float32([1], [3]));
  const context = { iteration: 1, epoch: 1, batch } as StepContext;
  const feeds: Record<string, Tensor> = Object.fromEntries(tensors);
  const step = new StepBuilder({
    graph,
    method,
    state: new Map([...tensors].map(([name, { dims }]) => [name, graph.input(name, 'float32', dims)])),
    feed: (feed: Feed) => {
      feeds[feed.name] = feed.provide(context, Random.of(0));
      return graph.input(feed.name, feed.dtype, feed.shape);
    },
    averageDecay: 0,
    update: true,
    learningRateAt: () => 1,
    ...changes,
  });
  method.steps[0]?.build(step);
  const named = new Map<string, Value>([
    ...step.reports,
    ...step.state,
    ...[...step.parameterGradients].map(([name, value]) => [`gradient of ${name}`, value] as const),
  ]);
  const built = optimize(graph.build([...named.values()]));
  const outputs = await evaluate(built, feeds);
  const values = built.outputs.map(({ name }) => toNumbers(outputs[name] as Tensor)[0]);
  return (name) => values[[...named.keys()].indexOf(name)];
}

/** d's loss is d, so it goes down; g's is d g. */
function bothUpdates(step: StepBuilder): void {
  const g = step.graph;
  step.minimize('d', g.ReduceSum(weightOf(step, 'd')));
  const product = g.Mul(weightOf(step, 'd'), weightOf(step, 'g'));
  step.minimize('g', step.report('G', g.ReduceSum(product)));
}

describe('minimize', () => {
  it('updates at once: a later loss sees the new weights', async () => {
    const value = await runStep(bothUpdates);
    expect(value('d.w')).toBeCloseTo(2 - 0.25, 6);
    expect(value('G')).toBeCloseTo((2 - 0.25) * 3, 6);
    expect(value('gradient of g.w')).toBeCloseTo(2 - 0.25, 6);
    expect(value('g.w')).toBeCloseTo(3 - 0.25, 6);
  });

  it('leaves an earlier loss with the old weights', async () => {
    const value = await runStep((step) => {
      step.report('before', step.graph.ReduceSum(weightOf(step, 'd')));
      step.minimize('d', step.graph.ReduceSum(weightOf(step, 'd')));
      step.report('after', step.graph.ReduceSum(weightOf(step, 'd')));
    });
    expect([value('before'), value('after')]).toEqual([2, 1.75]);
  });

  it('moves the moments of its own optimizer', async () => {
    const value = await runStep(bothUpdates);
    expect(value('adam.d.mean/d.w')).toBeCloseTo(0.5, 6);
    expect(value('adam.d.variance/d.w')).toBeCloseTo(0.001, 6);
    expect(value('adam.g.mean/g.w')).toBeCloseTo(0.5 * 1.75, 6);
  });

  it('is no path for later gradients, as an optimizer outside of the tape is none', async () => {
    const value = await runStep((step) => {
      const g = step.graph;
      // The gradient for d is g^2: through the update of d, g's loss d g would have another gradient than d.
      const loss = g.Mul(weightOf(step, 'd'), g.Mul(weightOf(step, 'g'), weightOf(step, 'g')));
      step.minimize('d', g.ReduceSum(loss));
      step.minimize('g', g.ReduceSum(g.Mul(weightOf(step, 'd'), weightOf(step, 'g'))));
    });
    expect(value('gradient of d.w')).toBe(9);
    expect(value('gradient of g.w')).toBe(value('d.w'));
  });

  it('lets several optimizers step on one loss, each from the weights before it', async () => {
    const value = await runStep((step) => {
      const g = step.graph;
      step.minimize(['d', 'g'], g.ReduceSum(g.Mul(weightOf(step, 'd'), weightOf(step, 'g'))));
    });
    expect([value('gradient of d.w'), value('gradient of g.w')]).toEqual([3, 2]);
    expect(value('d.w')).toBeCloseTo(2 - 0.25, 6);
    expect(value('g.w')).toBeCloseTo(3 - 0.25, 6);
    expect(value('adam.d.mean/d.w')).toBeCloseTo(0.5 * 3, 6);
    expect(value('adam.g.mean/g.w')).toBeCloseTo(0.5 * 2, 6);
  });

  it('can be told to leave everything as it is', async () => {
    const value = await runStep(bothUpdates, { update: false });
    expect([value('d.w'), value('g.w'), value('G'), value('gradient of g.w')]).toEqual([2, 3, 6, 2]);
    expect(value('adam.d.mean/d.w')).toBe(0);
  });

  it('refuses an optimizer or a network that the method does not have', async () => {
    await expect(runStep((step) => step.minimize('f', weightOf(step, 'd')))).rejects.toThrow(
      'the method has no optimizer "f"',
    );
    await expect(runStep((step) => weightOf(step, 'f' as 'd'))).rejects.toThrow(
      'no value is bound to the parameter "w"',
    );
  });
});

/** The tiny method with something said of the optimizer of d. */
function withOptimizer(changes: Partial<OptimizerSpec>): Partial<Method> {
  const { optimizers } = tinyMethod(() => {});
  return { optimizers: { ...optimizers, d: { ...(optimizers.d as OptimizerSpec), ...changes } } };
}

describe('minimizeInTurn', () => {
  /** Both losses have the product d g; the second turn is d's second step. */
  function twoTurns(step: StepBuilder): void {
    const g = step.graph;
    const product = g.ReduceSum(g.Mul(weightOf(step, 'd'), weightOf(step, 'g')));
    step.minimizeInTurn([
      { optimizers: ['d', 'g'], loss: product },
      { optimizers: 'd', loss: step.report('twice', g.Mul(product, 2)) },
    ]);
  }

  it('differentiates every loss at the weights from before the first', async () => {
    const value = await runStep(twoTurns);
    expect([value('twice'), value('gradient of d.w')]).toEqual([12, 6]);
  });

  it('steps once a turn, each step of an optimizer counted and on top of the one before', async () => {
    const value = await runStep(twoTurns);
    // Adam by hand: gradients 3 and 6, steps 1 and 2.
    const [mean, variance] = [0.5 * (0.5 * 3) + 0.5 * 6, 0.999 * (0.001 * 9) + 0.001 * 36];
    const second = mean / (1 - 0.5 ** 2) / Math.sqrt(variance / (1 - 0.999 ** 2));
    expect(value('d.w')).toBeCloseTo(2 - 0.25 - 0.25 * second, 5);
    expect(value('adam.d.mean/d.w')).toBeCloseTo(mean, 6);
    expect(value('g.w')).toBeCloseTo(3 - 0.25, 6);
  });

  it('feeds the numbers of a second step under names of their own', async () => {
    const feeds: string[] = [];
    await runStep((step) => {
      twoTurns(step);
      feeds.push(...step.feeds.map(({ name }) => name));
    });
    expect(feeds.filter((name) => name.endsWith('Rate'))).toEqual([
      'd.learningRate',
      'g.learningRate',
      'd.2.learningRate',
    ]);
  });
});

describe('an optimizer that clips', () => {
  const gradientOf = async (gradientNorm: number) => {
    const value = await runStep(
      (step) => step.minimize('d', step.graph.Mul(step.graph.ReduceSum(weightOf(step, 'd')), 8)),
      {},
      undefined,
      withOptimizer({ gradientNorm }),
    );
    // After one step the mean is (1 - beta1) times the gradient that was stepped on.
    return { used: (value('adam.d.mean/d.w') as number) / 0.5, found: value('gradient of d.w') };
  };

  it('shortens a gradient that is too long, for its step only', async () => {
    const { used, found } = await gradientOf(5);
    expect(used).toBeCloseTo(5, 5);
    expect(found).toBe(8);
  });

  it('leaves a shorter one as it is', async () => {
    expect((await gradientOf(9)).used).toBe(8);
  });
});

describe('weight decay', () => {
  const decayedTo = async (decays: OptimizerSpec['decays']) => {
    const method = tinyMethod(() => {});
    const { adam } = method.optimizers.d as OptimizerSpec;
    const decaying = { ...adam, weightDecay: 0.1, decoupledDecay: true };
    const value = await runStep(
      (step) => step.minimize('d', step.graph.ReduceSum(weightOf(step, 'd'))),
      {},
      undefined,
      withOptimizer({ adam: decaying, ...(decays && { decays }) }),
    );
    return value('d.w');
  };

  it('reaches the parameters that the optimizer says', async () => {
    expect(await decayedTo(undefined)).toBeCloseTo(2 * (1 - 0.25 * 0.1) - 0.25, 6);
    expect(await decayedTo(({ role }) => role === 'linear-bias')).toBeCloseTo(2 * (1 - 0.25 * 0.1) - 0.25, 6);
    expect(await decayedTo(({ role }) => role === 'linear-weight')).toBeCloseTo(2 - 0.25, 6);
  });
});

describe('what the schedule hands in', () => {
  it('multiplies the learning rate of each optimizer', async () => {
    const value = await runStep(bothUpdates, {
      learningRateAt: (optimizer) => (optimizer === 'd' ? 0.5 : 0),
    });
    expect(value('d.w')).toBeCloseTo(2 - 0.125, 6);
    expect(value('g.w')).toBe(3);
  });

  it('corrects the moments by the number of updates', async () => {
    const value = await runStep(bothUpdates, {}, undefined, withOptimizer({ updatesBefore: () => 1 }));
    const meanHat = 0.5 / (1 - 0.5 ** 2);
    const varianceHat = 0.001 / (1 - 0.999 ** 2);
    expect(value('d.w')).toBeCloseTo(2 - (0.25 * meanHat) / Math.sqrt(varianceHat), 5);
    expect(value('g.w')).toBeCloseTo(3 - 0.25, 6);
  });

  it('is fed as numbers named after the optimizer', async () => {
    const feeds: string[] = [];
    await runStep((step) => {
      bothUpdates(step);
      feeds.push(...step.feeds.map(({ name, shape }) => `${name} [${shape}]`));
    });
    expect(feeds).toEqual(
      ['d', 'g'].flatMap((optimizer) =>
        ['learningRate', 'meanCorrection', 'deviationCorrection'].map((name) => `${optimizer}.${name} []`),
      ),
    );
  });
});

it.each([
  [0.125, 0.125],
  // The first step of a run counts for most of an average that is slow later.
  [0.75, 2 / 11],
])('lets moving averages of decay %d follow the updated weights', async (averageDecay, decay) => {
  const value = await runStep(bothUpdates, { averageDecay });
  expect(value('average/g.w')).toBeCloseTo(3 * decay + 2.75 * (1 - decay), 6);
});

describe('memory', () => {
  const memory = { count: { dtype: 'float32', dims: [1] } } as const;

  it('is what the step before has left, until the step leaves something else', async () => {
    const value = await runStep(
      (step) => {
        const g = step.graph;
        step.report('before', g.ReduceSum(step.recall('count')));
        step.remember('count', g.Add(step.recall('count'), weightOf(step, 'd')));
        step.report('after', g.ReduceSum(step.recall('count')));
      },
      {},
      undefined,
      { memory },
    );
    expect([value('before'), value('after'), value('memory/count')]).toEqual([0, 2, 2]);
  });

  it('is a constant to gradients', async () => {
    const value = await runStep(
      (step) => {
        step.remember('count', weightOf(step, 'd'));
        const product = step.graph.Mul(step.recall('count'), weightOf(step, 'd'));
        step.minimize('d', step.graph.ReduceSum(product));
      },
      {},
      undefined,
      { memory },
    );
    expect(value('gradient of d.w')).toBe(2);
  });

  it('has to be declared', async () => {
    await expect(runStep((step) => step.remember('count', weightOf(step, 'd')))).rejects.toThrow(
      'the training state has no "memory/count"',
    );
  });
});

it('hands each domain its pictures', async () => {
  const batch = { A: float32([1, 1], [5]), B: float32([1, 1], [7]) };
  const value = await runStep(
    (step) => {
      step.report('A', step.graph.ReduceSum(step.pictures('real_A', 'A', [1, 1])));
      step.report('B', step.graph.ReduceSum(step.pictures('real_B', 'B', [1, 1])));
    },
    {},
    batch,
  );
  expect([value('A'), value('B')]).toEqual([5, 7]);
});
