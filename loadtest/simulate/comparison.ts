import { mean } from '../../bench/statistics.ts';
import { Random } from '../../src/core/random.ts';
import type { SimulateOptions } from './options.ts';
import type { SignalTargets } from './signal.ts';
import { type SimulationResult, simulate } from './simulation.ts';

/** What one choice of targets leads to. */
export interface TargetResult {
  /** For instance `queued 4, utilisation 0.7`. */
  readonly name: string;
  readonly targets: SignalTargets;
  /** In how many of the repeats the objective held, and whether in all. */
  readonly held: number;
  readonly holds: boolean;
  /** The worst of the repeats. */
  readonly p99Milliseconds: number;
  readonly refusedShare: number;
  /** Means of the repeats. */
  readonly p50Milliseconds: number;
  readonly replicaMinutes: number;
  readonly changes: number;
  readonly mostReplicas: number;
  /** The first repeat. */
  readonly result: SimulationResult;
}

export interface Comparison {
  readonly kind: 'simulation';
  readonly trace: string;
  readonly serviceTime: string;
  readonly settings: SimulateOptions['settings'];
  readonly objective: SimulateOptions['objective'];
  readonly repeats: number;
  readonly results: readonly TargetResult[];
  /** The one that holds the objective with the fewest replica-minutes; undefined when none holds it. */
  readonly best: string | undefined;
}

/** Simulates every choice of targets with the same arrivals, and service times from the same streams. */
export function compareTargets(options: SimulateOptions): Comparison {
  const { trace, serviceTime, settings, targets, objective, repeats } = options;
  const results = targets.map((each) => targetResult(each, options));
  const held = results.filter(({ holds }) => holds);
  held.sort((one, other) => one.replicaMinutes - other.replicaMinutes);
  return {
    kind: 'simulation',
    trace: trace.description,
    serviceTime: serviceTime.description,
    settings,
    objective,
    repeats,
    results,
    best: held[0]?.name,
  };
}

function targetResult(targets: SignalTargets, options: SimulateOptions): TargetResult {
  const { repeats, settings, objective } = options;
  const results = Array.from({ length: repeats }, (_, index) =>
    simulateOnce(targets, settings.seed + index, options),
  );
  const held = results.filter(
    (result) => result.latency.p99 <= objective.p99Milliseconds && refusedShare(result) <= objective.failures,
  ).length;
  return {
    name: targetsName(targets),
    targets,
    held,
    holds: held === repeats,
    p99Milliseconds: Math.max(...results.map(({ latency }) => latency.p99)),
    refusedShare: Math.max(...results.map(refusedShare)),
    p50Milliseconds: mean(results.map(({ latency }) => latency.p50)),
    replicaMinutes: mean(results.map(({ replicaMinutes }) => replicaMinutes)),
    changes: mean(results.map(({ changes }) => changes)),
    mostReplicas: Math.max(...results.map(({ mostReplicas }) => mostReplicas)),
    result: results[0] as SimulationResult,
  };
}

function simulateOnce(targets: SignalTargets, seed: number, options: SimulateOptions): SimulationResult {
  const { trace, serviceTime, settings } = options;
  const times = Random.of(seed, 'service');
  return simulate(
    { ...settings, targets, seed },
    trace.arrivals(Random.of(seed, 'arrivals')),
    () => serviceTime.draw(times) / 1000,
  );
}

function refusedShare({ offered, refused }: SimulationResult): number {
  return offered === 0 ? 0 : refused / offered;
}

function targetsName({ queued, utilisation }: SignalTargets): string {
  const parts = [
    ...(queued === undefined ? [] : [`queued ${queued}`]),
    ...(utilisation === undefined ? [] : [`utilisation ${utilisation}`]),
  ];
  return parts.join(', ') || 'none';
}
