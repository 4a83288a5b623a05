import { setTimeout as sleep } from 'node:timers/promises';
import type { Tensor } from '../../src/core/tensor.ts';
import { DeadlineExceededError } from '../../src/serving/errors.ts';
import type { BenchmarkOptions } from '../options.ts';
import { DrawingService, pictureSide } from './drawing-service.ts';
import { differences, timed } from './map-generators.ts';
import type { RandomPrior } from './random-prior.ts';

/** What became of the translations that came while maps were drawn. */
export interface Translations {
  /** Side of their pictures in pixels. */
  readonly side: number;
  readonly deadlineMilliseconds: number;
  /** Milliseconds from arrival to answer, of those that were begun in time. */
  readonly times: readonly number[];
  readonly missed: number;
  /** Answers that are not what the same picture got when nothing else ran. */
  readonly differing: number;
}

export interface ServedMaps {
  readonly lanes: number;
  readonly threadsPerLane: number;
  /** Maps of every time below. */
  readonly maps: number;
  /** Milliseconds of maps one after the other, all at once, and all at once while translations come, by turns. */
  readonly aloneTimes: readonly number[];
  readonly togetherTimes: readonly number[];
  readonly besideTimes: readonly number[];
  /** Codes that differ from those of the same map drawn alone, of all that were drawn in company. */
  readonly differing: number;
  readonly drawn: number;
  readonly translations: Translations;
}

type Options = Pick<BenchmarkOptions, 'maps' | 'translations' | 'deadline' | 'seconds'>;

/** Times maps one at a time, several at once, and these beside translations that come evenly over as long. */
export async function measureServedMaps(
  prior: Pick<RandomPrior, 'laneGraph'>,
  { maps, translations: count, deadline, seconds }: Options,
): Promise<ServedMaps> {
  const service = await DrawingService.start(prior);
  const times = { aloneTimes: [] as number[], togetherTimes: [] as number[], besideTimes: [] as number[] };
  const translations = {
    side: pictureSide,
    deadlineMilliseconds: deadline,
    times: [] as number[],
    missed: 0,
    differing: 0,
  };
  let [differing, drawn] = [0, 0];
  try {
    await service.draw(0);
    const expected: Tensor[] = [];
    for (let seed = 0; seed < count; seed++) expected.push(await service.translate(seed));
    const end = performance.now() + 1000 * seconds;
    do {
      const seeds = Array.from({ length: maps }, (_, index) => times.aloneTimes.length * maps + index);
      const atOnce = () => Promise.all(seeds.map((seed) => service.draw(seed)));
      const alone = await timed(times.aloneTimes, () => oneByOne(service, seeds));
      const together = await timed(times.togetherTimes, atOnce);
      const gap = (times.togetherTimes.at(-1) as number) / count;
      const [beside] = await timed(times.besideTimes, () =>
        Promise.all([atOnce(), translateAmid(service, expected, gap, translations)]),
      );
      for (const [index, map] of [...together, ...beside].entries()) {
        differing += differences(alone[index % maps] as Int32Array, map);
        drawn += map.length;
      }
    } while (performance.now() < end);
    return { ...service.layout, maps, ...times, differing, drawn, translations };
  } finally {
    await service.close();
  }
}

async function oneByOne(service: DrawingService, seeds: readonly number[]): Promise<Int32Array[]> {
  const maps: Int32Array[] = [];
  for (const seed of seeds) maps.push(await service.draw(seed));
  return maps;
}

/** @param expected what each picture becomes when nothing else runs @param gap milliseconds between two that come */
async function translateAmid(
  service: DrawingService,
  expected: readonly Tensor[],
  gap: number,
  figures: { deadlineMilliseconds: number; times: number[]; missed: number; differing: number },
): Promise<void> {
  const translate = async (alone: Tensor, seed: number) => {
    await sleep(seed * gap);
    const start = performance.now();
    try {
      const { data } = await service.translate(seed, start + figures.deadlineMilliseconds);
      figures.times.push(performance.now() - start);
      if (data.some((value, place) => value !== alone.data[place])) figures.differing++;
    } catch (error) {
      if (!(error instanceof DeadlineExceededError)) throw error;
      figures.missed++;
    }
  };
  await Promise.all(expected.map(translate));
}
