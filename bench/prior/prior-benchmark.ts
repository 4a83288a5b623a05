import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from '../../src/onnx/serialize.ts';
import { Session } from '../../src/runtime/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { generateByStep, generateByWindow } from './map-generators.ts';
import { type PriorSize, randomPrior } from './random-prior.ts';

export interface PriorMeasurement extends PriorSize {
  readonly provider: string;
  readonly threads: number;
  readonly parameters: number;
  /** Maps drawn together in a run of `togetherTimes`. */
  readonly maps: number;
  /** Milliseconds of a map: each code from the whole window; with a cache; with a cache, several maps together. */
  readonly windowTimes: readonly number[];
  readonly stepTimes: readonly number[];
  readonly togetherTimes: readonly number[];
  /** Codes that differ between the three ways, of all that were drawn: rounding may turn a draw, and what follows it. */
  readonly differing: number;
  readonly drawn: number;
}

/** After a run, a session's threads look for more work for a while, which would slow down the other session. */
const settlingMilliseconds = 100;

/** Times the drawing of maps of the published window, in three ways by turns, of the same seeds. */
export async function measurePrior(
  { layers, width, maps, threads, seconds }: BenchmarkOptions,
  note: (line: string) => void,
): Promise<PriorMeasurement> {
  note(`prior: ${layers} layers of ${width}, about ${seconds} s or a map each way`);
  const { transformer, windowGraph, stepGraph } = randomPrior({ layers, width });
  const options = { provider: 'auto', threads } as const;
  const whole = await Session.create(serialize(windowGraph), options);
  const step = await Session.create(serialize(stepGraph), options);
  const times = { windowTimes: [] as number[], stepTimes: [] as number[], togetherTimes: [] as number[] };
  const byStep = (seeds: readonly number[]) => generateByStep(step, transformer.options, seeds);
  let [differing, drawn] = [0, 0];
  // The first runs of a session also allocate.
  await byStep([0]);
  const end = performance.now() + 1000 * seconds;
  try {
    do {
      const seed = times.windowTimes.length;
      const seeds = Array.from({ length: maps }, (_, index) => seed + index);
      const byWindow = () => generateByWindow(whole, transformer.options.vocabulary, seed);
      const alone = await timed(times.windowTimes, byWindow);
      const [cached] = await timed(times.stepTimes, () => byStep([seed]));
      const [together] = await timed(times.togetherTimes, () => byStep(seeds));
      for (const other of [cached, together]) differing += differences(alone, other as Int32Array);
      drawn += 2 * alone.length;
    } while (performance.now() < end);
    const parameters = windowGraph.constants.reduce(
      (sum, { constant }) => sum + (constant?.data.length ?? 0),
      0,
    );
    return { layers, width, maps, threads, provider: step.provider, parameters, ...times, differing, drawn };
  } finally {
    await Promise.all([whole.dispose(), step.dispose()]);
  }
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  await sleep(settlingMilliseconds);
  const start = performance.now();
  const result = await work();
  times.push(performance.now() - start);
  return result;
}

function differences(one: Int32Array, other: Int32Array): number {
  return one.reduce((count, code, place) => count + (code === other[place] ? 0 : 1), 0);
}
