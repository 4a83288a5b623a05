import type { MetricReading } from './autoscaler.ts';

/** What the autoscaler aims at, for each replica; undefined: it does not look at that. */
export interface SignalTargets {
  /** Requests waiting (`unpaired_queued_items`), a mean over `queuedWindowSeconds`. */
  readonly queued: number | undefined;
  readonly queuedWindowSeconds: number;
  /** Share of the time that lanes are busy, a mean over `utilisationWindowSeconds`. */
  readonly utilisation: number | undefined;
  readonly utilisationWindowSeconds: number;
}

interface Scrape {
  readonly time: number;
  readonly queued: number;
  readonly utilisation: number;
}

/** What Prometheus knows, of the moments of its scrapes: always a little late. Times in seconds. */
export class Signal {
  readonly #targets: SignalTargets;
  #scrapes: Scrape[] = [];

  constructor(targets: SignalTargets) {
    this.#targets = targets;
  }

  /** @param utilisation since the last scrape, @param queued at this moment, both summed over the replicas */
  scrape({ time, queued, utilisation }: Scrape): void {
    const { queuedWindowSeconds, utilisationWindowSeconds } = this.#targets;
    const oldest = time - Math.max(queuedWindowSeconds, utilisationWindowSeconds);
    this.#scrapes = [...this.#scrapes.filter((each) => each.time > oldest), { time, queued, utilisation }];
  }

  /** What the autoscaler is told now; empty before the first scrape. */
  readings(now: number): MetricReading[] {
    const { queued, queuedWindowSeconds, utilisation, utilisationWindowSeconds } = this.#targets;
    if (this.#scrapes.length === 0) return [];
    return [
      ...(queued === undefined
        ? []
        : [{ total: this.#mean('queued', now - queuedWindowSeconds), targetPerReplica: queued }]),
      ...(utilisation === undefined
        ? []
        : [
            {
              total: this.#mean('utilisation', now - utilisationWindowSeconds),
              targetPerReplica: utilisation,
            },
          ]),
    ];
  }

  /** Mean of the scrapes after a moment; the last one when there is none. */
  #mean(gauge: 'queued' | 'utilisation', after: number): number {
    const within = this.#scrapes.filter(({ time }) => time > after);
    const values = (within.length > 0 ? within : this.#scrapes.slice(-1)).map((scrape) => scrape[gauge]);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}
