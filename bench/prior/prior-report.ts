import { median } from '../statistics.ts';
import { formatTable, milliseconds } from '../table.ts';
import type { PriorMeasurement } from './prior-benchmark.ts';

/** The measurement as people read it. */
export function priorReport(measured: PriorMeasurement): string {
  const { layers, width, provider, threads, maps, differing, drawn } = measured;
  const { ways, served } = priorJson(measured);
  const rows = ways.map(({ way, mapMilliseconds, times }) => [
    way,
    milliseconds(mapMilliseconds),
    `${times.toFixed(1)} x`,
  ]);
  return [
    `prior: ${layers} layers of ${width}, 16x16 codes, ${provider}, ${threads} threads, ${measured.windowTimes.length} rounds\n`,
    formatTable([['way', 'ms a map', 'as fast'], ...rows]),
    `${differing} of ${drawn} codes differ between the ways (${maps} maps together)\n`,
    `in the service, ${served.lanes} lanes of ${served.threadsPerLane} threads: ${milliseconds(served.aloneMilliseconds)} ms a map alone, ` +
      `${milliseconds(served.togetherMilliseconds)} ms a map of ${served.maps} at once, ${served.times.toFixed(1)} x as fast; ` +
      `${served.differing} of ${served.drawn} codes differ\n`,
  ].join('\n');
}

/** Milliseconds of a map by each way, and how many times as fast it is as the whole window for each code. */
export function priorJson(measured: PriorMeasurement) {
  const { windowTimes, stepTimes, togetherTimes, maps } = measured;
  const timesOf = (times: readonly number[], mapsOfRun: number) =>
    median(times.map((time, round) => ((windowTimes[round] as number) * mapsOfRun) / time));
  const way = (name: string, times: readonly number[], mapsOfRun = 1) => ({
    way: name,
    mapMilliseconds: median(times) / mapsOfRun,
    times: timesOf(times, mapsOfRun),
  });
  return {
    ...measured,
    served: { ...measured.served, ...servedRatio(measured.served) },
    ways: [
      way('whole window for each code', windowTimes),
      way('with cache', stepTimes),
      way(`with cache, ${maps} together`, togetherTimes, maps),
    ],
  };
}

/** Milliseconds of a map, and how many times as fast several at once are drawn as one after the other. */
function servedRatio({ aloneTimes, togetherTimes, maps }: PriorMeasurement['served']) {
  return {
    aloneMilliseconds: median(aloneTimes),
    togetherMilliseconds: median(togetherTimes) / maps,
    times: median(togetherTimes.map((time, round) => ((aloneTimes[round] as number) * maps) / time)),
  };
}
