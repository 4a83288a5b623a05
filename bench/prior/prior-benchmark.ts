import { serialize } from '../../src/onnx/serialize.ts';
import { Session } from '../../src/runtime/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { differences, generateByStep, generateByWindow, timed } from './map-generators.ts';
import { type PriorSize, type RandomPrior, randomPrior } from './random-prior.ts';
import { measureServedMaps, type ServedMaps } from './served-maps.ts';

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
  /** The same network in the service. */
  readonly served: ServedMaps;
}

/** Times the drawing of maps of the published window, in three ways by turns, of the same seeds; then in the service. */
export async function measurePrior(
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<PriorMeasurement> {
  const { layers, width, maps, seconds } = options;
  note(`prior: ${layers} layers of ${width}, about ${seconds} s or a map each way`);
  const prior = randomPrior({ layers, width });
  const measured = await measureSessions(prior, options);
  note(`prior: in the service, about ${seconds} s, one map at a time and ${maps} at once`);
  return { ...measured, served: await measureServedMaps(prior, options) };
}

async function measureSessions(
  prior: RandomPrior,
  { layers, width, maps, threads, seconds }: BenchmarkOptions,
): Promise<Omit<PriorMeasurement, 'served'>> {
  const { transformer, windowGraph, stepGraph } = prior;
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
