import type { TrainingConfig } from '../config/index.ts';
import { methodOf } from '../methods/index.ts';
import type { StepContext } from '../methods/method.ts';
import { initialState, type TrainingState } from '../step/state.ts';
import { StepRunner } from '../step/step-runner.ts';

/** The method of a configuration trained for some steps, from seed 1 or a state: what each reported, and where to. */
export async function trainSteps(
  config: TrainingConfig,
  contexts: readonly StepContext[],
  from?: TrainingState,
): Promise<{ readonly losses: Record<string, number>[]; readonly state: TrainingState }> {
  const method = methodOf(config);
  const runner = await StepRunner.open(method, from ?? initialState(method, 1, false), {
    seed: 1,
    session: { provider: 'cpu', threads: 1, optimization: 'basic' },
    averageDecay: 0,
    stepsPerRun: 1,
    learningRateAt: () => 1,
  });
  try {
    const losses: Record<string, number>[] = [];
    for (const context of contexts) {
      for (const report of await runner.run([context])) losses.push({ ...report.losses });
    }
    return { losses, state: runner.state };
  } finally {
    await runner.close();
  }
}

/** The sum of some of the losses that a step reported, each times its factor. */
export function weightedSum(
  losses: Readonly<Record<string, number>>,
  factors: Record<string, number>,
): number {
  return Object.entries(factors).reduce(
    (sum, [name, factor]) => sum + factor * (losses[name] ?? Number.NaN),
    0,
  );
}
