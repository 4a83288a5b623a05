import { Random } from '../../src/core/random.ts';
import type { SimulateOptions } from './options.ts';
import type { SignalTargets } from './signal.ts';
import { type SimulationResult, simulate } from './simulation.ts';

/** What one choice of targets leads to. */
export interface TargetResult {
  /** For instance `queued 4, utilisation 0.7`. */
  readonly name: string;
  readonly targets: SignalTargets;
  readonly holds: boolean;
  readonly result: SimulationResult;
}

export interface Comparison {
  readonly kind: 'simulation';
  readonly trace: string;
  readonly serviceTime: string;
  readonly settings: SimulateOptions['settings'];
  readonly objective: SimulateOptions['objective'];
  readonly results: readonly TargetResult[];
  /** The one that holds the objective with the fewest replica-minutes; undefined when none holds it. */
  readonly best: string | undefined;
}

/** Simulates every choice of targets with the same arrivals, and service times from the same stream. */
export function compareTargets(options: SimulateOptions): Comparison {
  const { trace, serviceTime, settings, targets, objective } = options;
  const results = targets.map((each) => {
    const times = Random.of(settings.seed, 'service');
    const result = simulate(
      { ...settings, targets: each },
      trace.arrivals(Random.of(settings.seed, 'arrivals')),
      () => serviceTime.draw(times) / 1000,
    );
    const refused = result.offered === 0 ? 0 : result.refused / result.offered;
    const holds = result.latency.p99 <= objective.p99Milliseconds && refused <= objective.failures;
    return { name: targetsName(each), targets: each, holds, result };
  });
  const held = results.filter(({ holds }) => holds);
  held.sort((one, other) => one.result.replicaMinutes - other.result.replicaMinutes);
  return {
    kind: 'simulation',
    trace: trace.description,
    serviceTime: serviceTime.description,
    settings,
    objective,
    results,
    best: held[0]?.name,
  };
}

function targetsName({ queued, utilisation }: SignalTargets): string {
  const parts = [
    ...(queued === undefined ? [] : [`queued ${queued}`]),
    ...(utilisation === undefined ? [] : [`utilisation ${utilisation}`]),
  ];
  return parts.join(', ') || 'none';
}
