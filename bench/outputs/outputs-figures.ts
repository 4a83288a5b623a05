import { mean, median } from '../statistics.ts';
import type { OutputsMeasurement } from './outputs-load.ts';

/** The figures of a model that people compare; times in milliseconds, medians over the rounds. */
export interface OutputsFigures {
  /** One bare run. */
  readonly generator: number;
  readonly contentEncoder: number;
  readonly request: number;
  /** A request over as many bare generator runs as it has outputs: medians of what lies beside each other. */
  readonly ratio: number;
  /** The same of what the lanes spent, without decoding, encoding and waiting. */
  readonly runRatio: number;
  /** One run of the content encoder over as many generator runs: what the ratio cannot be below, less 1. */
  readonly contentEncoderShare: number;
  readonly stages: Readonly<Record<string, number>>;
}

export function outputsFigures({ requests, bare, outputs }: OutputsMeasurement): OutputsFigures {
  const overBare = (of: (request: (typeof requests)[number]) => number) =>
    median(
      requests.map((request, round) => {
        const beside = bare.slice(round, round + 2).map(({ generators }) => generators);
        return of(request) / mean(beside);
      }),
    );
  const stages = [...new Set(requests.flatMap((request) => Object.keys(request.stages)))];
  return {
    generator: median(bare.map(({ generators }) => generators)) / outputs,
    contentEncoder: median(bare.map(({ contentEncoder }) => contentEncoder)),
    request: median(requests.map(({ milliseconds }) => milliseconds)),
    ratio: overBare(({ milliseconds }) => milliseconds),
    runRatio: overBare(({ stages: { run = 0 } }) => run),
    contentEncoderShare: median(bare.map(({ generators, contentEncoder }) => contentEncoder / generators)),
    stages: Object.fromEntries(
      stages.map((stage) => [stage, median(requests.map((request) => request.stages[stage] ?? 0))]),
    ),
  };
}
