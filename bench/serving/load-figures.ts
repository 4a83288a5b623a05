import { mean, median, quantile } from '../statistics.ts';
import type { ModelMeasurement } from './model-load.ts';
import { parseServerTiming } from './service-texts.ts';

/** The figures of a model that people compare; times in milliseconds. */
export interface LoadFigures {
  /** Pictures a second. */
  readonly barePictures: number;
  readonly httpPictures: number;
  /** Median over the rounds of HTTP over the mean of the bare sessions before and after. */
  readonly ratio: number;
  readonly latencyMedian: number;
  readonly latencyP99: number;
  /** Of the HTTP process: longest of all rounds, and the worst round's 99th percentile. */
  readonly delayMax: number;
  readonly delayP99: number;
  /** The longest of the clients' process. */
  readonly clientDelayMax: number;
  /** Median of each stage. */
  readonly stages: Readonly<Record<string, number>>;
  /** What a lane spends on a picture: bare, and in the service, there split into running and waiting for the next. */
  readonly lane: { readonly bare: number; readonly run: number; readonly between: number };
  /** Processor time of a picture outside of the lanes. */
  readonly cpu: { readonly service: number; readonly clients: number };
}

export function loadFigures({ rounds, bareRates, answers, lanes }: ModelMeasurement): LoadFigures {
  const pictures = rounds.reduce((sum, round) => sum + round.pictures, 0);
  const perPicture = (of: (round: ModelMeasurement['rounds'][number]) => number) =>
    (1000 * rounds.reduce((sum, round) => sum + of(round), 0)) / pictures;
  const interval = lanes * perPicture(({ seconds }) => seconds);
  const answered = answers.filter(({ status }) => status === 200);
  const timings = answered.map(({ serverTiming }) => parseServerTiming(serverTiming));
  const run = mean(timings.map((stages) => stages.get('run') ?? 0));
  const latencies = answered.map(({ milliseconds }) => milliseconds);
  return {
    barePictures: median(bareRates),
    httpPictures: (1000 * lanes) / interval,
    ratio: ratioOf(rounds, bareRates),
    latencyMedian: median(latencies),
    latencyP99: quantile(latencies, 0.99),
    delayMax: Math.max(...rounds.map(({ strain }) => strain.maxDelayMilliseconds)),
    delayP99: Math.max(...rounds.map(({ strain }) => strain.p99DelayMilliseconds)),
    clientDelayMax: Math.max(...rounds.map((round) => round.clientMaxDelayMilliseconds)),
    stages: stageMedians(timings),
    lane: { bare: (1000 * lanes) / mean(bareRates), run, between: interval - run },
    cpu: {
      service: perPicture(({ serviceCpuSeconds }) => serviceCpuSeconds),
      clients: perPicture(({ clientCpuSeconds }) => clientCpuSeconds),
    },
  };
}

function ratioOf(rounds: ModelMeasurement['rounds'], bareRates: readonly number[]): number {
  const ratios = rounds.map(
    ({ pictures, seconds }, round) => pictures / seconds / mean(bareRates.slice(round, round + 2)),
  );
  return median(ratios);
}

function stageMedians(timings: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const stages = new Set(timings.flatMap((each) => [...each.keys()]));
  return Object.fromEntries(
    [...stages].map((stage) => [stage, median(timings.map((each) => each.get(stage) ?? 0))]),
  );
}
