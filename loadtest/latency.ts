import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Times in milliseconds; all zero without samples. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** No time that is told apart is longer: an hour. */
const longestMicroseconds = 3_600_000_000;

/**
 * Times in an HDR histogram (Gil Tene's; Node has the C implementation): any number of samples in fixed memory, each
 * within 0.1 % of its value, or 1 % with two figures.
 */
export class LatencyHistogram {
  readonly #microseconds: RecordableHistogram;

  constructor(figures: 2 | 3 = 3) {
    this.#microseconds = createHistogram({ lowest: 1, highest: longestMicroseconds, figures });
  }

  get count(): number {
    return this.#microseconds.count;
  }

  record(milliseconds: number): void {
    this.#microseconds.record(Math.min(longestMicroseconds, Math.max(1, Math.round(1000 * milliseconds))));
  }

  /** Milliseconds that the share of the samples does not exceed; 0 without samples. */
  quantile(share: number): number {
    if (this.count === 0) return 0;
    return this.#microseconds.percentile(Math.max(1e-9, 100 * share)) / 1000;
  }

  summary(): LatencySummary {
    const { count } = this;
    const [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map((share) => this.quantile(share)) as [
      number,
      number,
      number,
      number,
    ];
    if (count === 0) return { count, mean: 0, p50, p90, p99, p999, max: 0 };
    return {
      count,
      mean: this.#microseconds.mean / 1000,
      p50,
      p90,
      p99,
      p999,
      max: this.#microseconds.max / 1000,
    };
  }

  /** The distribution in 201 values: quantiles 0, 0.005, ..., 1. */
  quantiles(): number[] {
    return Array.from({ length: 201 }, (_, index) => this.quantile(index / 200));
  }
}
