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
    servedText(served),
  ].join('\n');
}

function servedText(served: ReturnType<typeof servedFigures>): string {
  const { lanes, threadsPerLane, maps, differing, drawn, translations } = served;
  const { side, deadlineMilliseconds, times, missed, longestMilliseconds } = translations;
  const row = (way: string, mapMilliseconds: number, ratio: number) => [
    way,
    milliseconds(mapMilliseconds),
    `${ratio.toFixed(1)} x`,
  ];
  return [
    `in the service, ${lanes} lanes of ${threadsPerLane} threads, ${served.aloneTimes.length} rounds\n`,
    formatTable([
      ['way', 'ms a map', 'as fast'],
      row('one at a time', served.aloneMilliseconds, 1),
      row(`${maps} at once`, served.togetherMilliseconds, served.times),
      row(`${maps} at once beside translations`, served.besideMilliseconds, served.besideRatio),
    ]),
    `${differing} of ${drawn} codes differ from those of the same map alone; ${translations.differing} of ${times.length} translations do`,
    `${times.length + missed} translations (${side}x${side}) with ${deadlineMilliseconds} ms to begin: ${missed} missed it; ` +
      `${milliseconds(translations.typicalMilliseconds)} ms to the answer, at most ${milliseconds(longestMilliseconds)} ms\n`,
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
    served: servedFigures(measured.served),
    ways: [
      way('whole window for each code', windowTimes),
      way('with cache', stepTimes),
      way(`with cache, ${maps} together`, togetherTimes, maps),
    ],
  };
}

/** Milliseconds of a map, and how many times as fast as one after the other several at once are drawn. */
function servedFigures(served: PriorMeasurement['served']) {
  const { aloneTimes, togetherTimes, besideTimes, maps, translations } = served;
  const ratio = (times: readonly number[]) =>
    median(times.map((time, round) => (aloneTimes[round] as number) / time));
  return {
    ...served,
    aloneMilliseconds: median(aloneTimes) / maps,
    togetherMilliseconds: median(togetherTimes) / maps,
    times: ratio(togetherTimes),
    besideMilliseconds: median(besideTimes) / maps,
    besideRatio: ratio(besideTimes),
    translations: {
      ...translations,
      typicalMilliseconds: translations.times.length === 0 ? Number.NaN : median(translations.times),
      longestMilliseconds: Math.max(...translations.times),
    },
  };
}
