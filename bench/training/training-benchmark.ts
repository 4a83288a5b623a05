import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionOptions } from '../../src/runtime/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { median } from '../statistics.ts';
import { countFlops, type FlopCount } from './flops.ts';
import { GemmCeiling } from './gemm-ceiling.ts';
import type { RunTimes } from './operator-times.ts';
import { TrainingStep } from './training-step.ts';

export interface StepMeasurement {
  /** Side of the pictures in pixels. */
  readonly side: number;
  readonly filters: number;
  readonly batchSize: number;
  readonly flops: FlopCount;
  /** Milliseconds of each step. */
  readonly stepTimes: readonly number[];
  /** GFLOP/s of matrix products, each measured just before the step of the same place. */
  readonly ceilings: readonly number[];
  readonly times: RunTimes;
}

export interface TrainingMeasurement {
  readonly method: string;
  readonly preset: string;
  readonly provider: string;
  readonly threads: number;
  readonly steps: readonly StepMeasurement[];
}

const fewestSteps = 3;
/** After a run, a session's threads look for more work for a while, which would slow down the other session. */
const settlingMilliseconds = 100;

/** Times training steps against the fastest matrix products of the same machine, in the same minutes. */
export async function measureTraining(
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<TrainingMeasurement> {
  const { method, preset, threads } = options;
  const session = { provider: 'auto', threads } as const;
  note(`training: matrix products on ${threads} threads`);
  const ceiling = await GemmCeiling.open(session);
  try {
    const steps: StepMeasurement[] = [];
    for (const side of options.sizes) {
      note(`training: ${method}, ${side}x${side}, about ${options.seconds} s`);
      steps.push(await measureStep(side, { options, session, ceiling }));
    }
    return { method, preset, provider: ceiling.provider, threads, steps };
  } finally {
    await ceiling.close();
  }
}

interface StepSurroundings {
  readonly options: BenchmarkOptions;
  readonly session: SessionOptions;
  readonly ceiling: GemmCeiling;
}

async function measureStep(
  side: number,
  { options, session, ceiling }: StepSurroundings,
): Promise<StepMeasurement> {
  const { method, preset, filters, seconds } = options;
  const step = new TrainingStep({ method, preset, side, filters }, session);
  const open = await step.open();
  // The first run of a session also allocates.
  await open.step();
  const ceilings: number[] = [];
  const stepTimes: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (stepTimes.length < fewestSteps || performance.now() < end) {
    await sleep(settlingMilliseconds);
    ceilings.push(await ceiling.measure());
    await sleep(settlingMilliseconds);
    stepTimes.push(await timed(open.step));
  }
  await open.close();
  const { batchSize, options: sizes } = step.config;
  return {
    side,
    filters: sizes.generator.filters,
    batchSize,
    flops: countFlops(step.training.graph),
    stepTimes,
    ceilings,
    times: await step.profile(),
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The figures of a step that people compare. */
export function stepFigures({ flops, stepTimes, ceilings }: StepMeasurement) {
  const step = median(stepTimes);
  const rate = flops.total / 1e6 / step;
  const ceiling = Math.max(...ceilings);
  const shares = stepTimes.map((time, index) => flops.total / 1e6 / time / (ceilings[index] as number));
  return {
    stepMilliseconds: step,
    gigaflops: flops.total / 1e9,
    gigaflopsPerSecond: rate,
    ceilingGigaflopsPerSecond: ceiling,
    /** Median step over the best product of all: what the machine could do at its best. */
    shareOfCeiling: rate / ceiling,
    /** Median of step over the product next to it: noise that lasts hits both. */
    shareOfNeighbour: median(shares),
  };
}
