/**
 * The HorizontalPodAutoscaler's rule, autoscaling/v2, as the Kubernetes documentation states it ("Algorithm details",
 * "Configurable scaling behavior") and its controller computes it. Times in seconds.
 */

/** At most this much change within a period. */
export interface ScalingPolicy {
  readonly type: 'pods' | 'percent';
  readonly value: number;
  readonly periodSeconds: number;
}

/** How fast replicas may change in one direction; of several policies the one that allows most counts. */
export interface ScalingRules {
  /** The most careful recommendation of this time counts. */
  readonly stabilizationSeconds: number;
  readonly policies: readonly ScalingPolicy[];
}

export interface AutoscalerSettings {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** A metric this close to its target, as a share of it, changes nothing. */
  readonly tolerance: number;
  readonly up: ScalingRules;
  readonly down: ScalingRules;
}

/** One metric and what it should be for each replica. */
export interface MetricReading {
  /** Sum over the replicas. */
  readonly total: number;
  readonly targetPerReplica: number;
}

/**
 * desired = ceil(current x metric / target), where metric is the mean over the replicas, so ceil(total / target);
 * current where the ratio is within the tolerance of 1. Of several metrics the largest answer counts.
 */
export function recommendedReplicas(
  current: number,
  readings: readonly MetricReading[],
  tolerance: number,
): number {
  const proposals = readings.map(({ total, targetPerReplica }) => {
    const ratio = total / (targetPerReplica * current);
    // A hair of rounding, so that 3 x 0.7 / 0.7 is 3 and not 4.
    return Math.abs(ratio - 1) <= tolerance + 1e-9 ? current : Math.ceil(total / targetPerReplica - 1e-9);
  });
  return Math.max(0, ...proposals);
}

interface Timed {
  readonly time: number;
  readonly replicas: number;
}

/** The rule with its memory: recommendations and changes of the last minutes. */
export class Autoscaler {
  readonly #settings: AutoscalerSettings;
  #recommendations: Timed[] = [];
  /** Replicas added (above zero) or taken away (below). */
  #changes: Timed[] = [];

  constructor(settings: AutoscalerSettings) {
    this.#settings = settings;
  }

  /** What the number of replicas is to become. @param current running and starting ones */
  decide(time: number, current: number, readings: readonly MetricReading[]): number {
    // The controller's first memory is what it found, so that it does not begin by taking replicas away.
    if (this.#recommendations.length === 0) this.#recommendations.push({ time, replicas: current });
    const recommended = this.#bounded(recommendedReplicas(current, readings, this.#settings.tolerance));
    const stable = this.#stabilized(time, current, recommended);
    const decided = this.#bounded(this.#limited(time, current, stable));
    if (decided !== current) this.#changes.push({ time, replicas: decided - current });
    return decided;
  }

  #bounded(replicas: number): number {
    const { minReplicas, maxReplicas } = this.#settings;
    return Math.min(maxReplicas, Math.max(minReplicas, replicas));
  }

  /** Between the lowest recommendation of the upward window and the highest of the downward one. */
  #stabilized(time: number, current: number, recommended: number): number {
    const { up, down } = this.#settings;
    const kept = Math.max(up.stabilizationSeconds, down.stabilizationSeconds);
    this.#recommendations = this.#recommendations.filter((each) => each.time > time - kept);
    this.#recommendations.push({ time, replicas: recommended });
    const within = (seconds: number) =>
      this.#recommendations
        .filter((each) => each.time > time - seconds || each.time === time)
        .map(({ replicas }) => replicas);
    const lowest = Math.min(...within(up.stabilizationSeconds));
    const highest = Math.max(...within(down.stabilizationSeconds));
    return Math.min(Math.max(current, lowest), highest);
  }

  /** As far towards `wanted` as the policies let it go now. */
  #limited(time: number, current: number, wanted: number): number {
    const { up, down } = this.#settings;
    if (wanted > current) {
      const limits = up.policies.map((policy) => this.#limit(policy, time, current, 1));
      return Math.min(wanted, Math.max(current, ...limits));
    }
    const limits = down.policies.map((policy) => this.#limit(policy, time, current, -1));
    return Math.max(wanted, Math.min(current, ...limits));
  }

  /** Where a policy ends: counted from the replicas that there were when its period began. */
  #limit({ type, value, periodSeconds }: ScalingPolicy, time: number, current: number, sign: 1 | -1): number {
    const changed = this.#changes
      .filter((change) => change.time > time - periodSeconds)
      .reduce((sum, { replicas }) => sum + replicas, 0);
    const begin = current - changed;
    if (type === 'pods') return begin + sign * value;
    return sign === 1
      ? Math.ceil(begin * (1 + value / 100) - 1e-9)
      : Math.floor(begin * (1 - value / 100) + 1e-9);
  }
}
