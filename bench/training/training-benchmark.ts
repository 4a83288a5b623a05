import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionOptions } from '../../src/runtime/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { median } from '../statistics.ts';
import { type EarlierCode, loadEarlierCode } from './earlier-step.ts';
import { countFlops, type FlopCount } from './flops.ts';
import { GemmCeiling } from './gemm-ceiling.ts';
import type { RunTimes } from './operator-times.ts';
import { type StepRequest, TrainingStep } from './training-step.ts';

export interface StepMeasurement {
  readonly method: string;
  /** Side of the pictures in pixels. */
  readonly side: number;
  readonly filters: number;
  readonly batchSize: number;
  readonly flops: FlopCount;
  /** Milliseconds of each step. */
  readonly stepTimes: readonly number[];
  /** GFLOP/s of matrix products, each measured shortly before the step of the same place. */
  readonly ceilings: readonly number[];
  /** The same steps by the code of another revision, each measured next to the step of the same place. */
  readonly earlier?: { readonly revision: string; readonly stepTimes: readonly number[] };
  readonly times: RunTimes;
}

export interface TrainingMeasurement {
  readonly preset: string;
  readonly provider: string;
  readonly threads: number;
  readonly steps: readonly StepMeasurement[];
}

const fewestSteps = 3;
/** After a run, a session's threads look for more work for a while, which would slow down the other session. */
const settlingMilliseconds = 100;

type Note = (line: string) => void;

/** Times training steps against the fastest matrix products of the same machine, in the same minutes. */
export async function measureTraining(options: BenchmarkOptions, note: Note): Promise<TrainingMeasurement> {
  const { preset, threads } = options;
  const session = { provider: 'auto', threads } as const;
  const earlier = options.against === undefined ? undefined : await loadEarlierCode(options.against);
  note(`training: matrix products on ${threads} threads`);
  const ceiling = await GemmCeiling.open(session);
  try {
    const surroundings = { seconds: options.seconds, session, ceiling, earlier };
    const steps: StepMeasurement[] = [];
    for (const request of requests(options)) {
      note(`training: ${request.method}, ${request.side}x${request.side}, about ${options.seconds} s`);
      steps.push(await measureStep(request, surroundings));
    }
    return { preset, provider: ceiling.provider, threads, steps };
  } finally {
    await ceiling.close();
    await earlier?.close();
  }
}

function requests({ methods, sizes, preset, filters }: BenchmarkOptions): StepRequest[] {
  return methods.flatMap((method) => sizes.map((side) => ({ method, preset, side, filters })));
}

interface StepSurroundings {
  readonly seconds: number;
  readonly session: SessionOptions;
  readonly ceiling: GemmCeiling;
  readonly earlier: EarlierCode | undefined;
}

async function measureStep(
  request: StepRequest,
  { seconds, session, ceiling, earlier }: StepSurroundings,
): Promise<StepMeasurement> {
  const step = new TrainingStep(request, session);
  const open = await step.open();
  const before = earlier && (await new earlier.TrainingStep(request, session).open());
  const series = { ceilings: [] as number[], stepTimes: [] as number[], earlierTimes: [] as number[] };
  // The first run of a session also allocates.
  await open.step();
  await before?.step();
  const end = performance.now() + 1000 * seconds;
  const turns = [
    async () => void series.stepTimes.push(await timed(open.step)),
    async () => void (before && series.earlierTimes.push(await timed(before.step))),
  ];
  while (series.stepTimes.length < fewestSteps || performance.now() < end) {
    await sleep(settlingMilliseconds);
    series.ceilings.push(await ceiling.measure());
    for (const turn of turns) await turn();
    // What runs just after the matrix products finds other things in the caches than what runs after a step.
    turns.reverse();
  }
  await open.close();
  await before?.close();
  const { batchSize, options: sizes } = step.config;
  const { ceilings, stepTimes, earlierTimes } = series;
  return {
    method: request.method,
    side: request.side,
    filters: sizes.generator.filters,
    batchSize,
    flops: countFlops(step.training.graph),
    stepTimes,
    ceilings,
    ...(earlier && { earlier: { revision: earlier.revision, stepTimes: earlierTimes } }),
    times: await step.profile(),
  };
}

/** Milliseconds that the work takes, once the threads of what ran before have come to rest. */
async function timed(work: () => Promise<void>): Promise<number> {
  await sleep(settlingMilliseconds);
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The figures of a step that people compare. */
export function stepFigures({ flops, stepTimes, ceilings, earlier }: StepMeasurement) {
  const ceiling = Math.max(...ceilings);
  const rateOf = (milliseconds: number) => flops.total / 1e6 / milliseconds;
  const figuresOf = (times: readonly number[]) => ({
    stepMilliseconds: median(times),
    gigaflopsPerSecond: rateOf(median(times)),
    /** Median step over the best product of all: what the machine could do at its best. */
    shareOfCeiling: rateOf(median(times)) / ceiling,
    /** Median of step over the product next to it: noise that lasts hits both. */
    shareOfNeighbour: median(times.map((time, index) => rateOf(time) / (ceilings[index] as number))),
  });
  return {
    gigaflops: flops.total / 1e9,
    ceilingGigaflopsPerSecond: ceiling,
    ...figuresOf(stepTimes),
    ...(earlier && { earlier: figuresOf(earlier.stepTimes) }),
  };
}
