import { LatencyHistogram, type LatencySummary } from '../latency.ts';
import type { Outcome } from './sender.ts';

/** How one kind of answer came. */
export interface OutcomeFigures {
  readonly status: number;
  readonly code: string;
  readonly count: number;
  /** From the intended start. */
  readonly latency: LatencySummary;
}

/** One stretch of the load, by intended start. */
export interface SeriesPoint {
  /** Begin in seconds. */
  readonly second: number;
  /** Requests a second that were to be sent, and those of them that were answered with a picture. */
  readonly offered: number;
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
}

export interface StageFigures extends LatencySummary {
  readonly stage: string;
}

/** What a load did, as plain figures; times in milliseconds. */
export interface LoadFigures {
  /** From the first intended start to the last answer. */
  readonly seconds: number;
  /** Requests that were to be sent, and those of them that were not, because too many were under way. */
  readonly offered: number;
  readonly notSent: number;
  /** Requests answered with a picture, and how many a second. */
  readonly answered: number;
  readonly answeredPerSecond: number;
  /** Share of the offered requests that got no picture. */
  readonly failures: number;
  readonly retries: number;
  /** Of answered requests, from the intended start. */
  readonly latency: LatencySummary;
  readonly latencyQuantiles: readonly number[];
  /** How late requests were sent: above some milliseconds, this machine is too slow to load the service. */
  readonly late: LatencySummary;
  readonly outcomes: readonly OutcomeFigures[];
  /** Stages of Server-Timing, and `elsewhere`: network, HTTP, and waiting before the first stage. */
  readonly stages: readonly StageFigures[];
  /** The distribution of the stage `run`, for the simulator. */
  readonly runQuantiles: readonly number[];
  readonly models: readonly { readonly model: string; readonly latency: LatencySummary }[];
  readonly seriesSeconds: number;
  readonly series: readonly SeriesPoint[];
}

/** A histogram for each key, made when it is first needed. */
class HistogramTable {
  readonly #histograms = new Map<string, LatencyHistogram>();

  record(key: string, milliseconds: number): void {
    this.of(key).record(milliseconds);
  }

  of(key: string): LatencyHistogram {
    const found = this.#histograms.get(key) ?? new LatencyHistogram();
    this.#histograms.set(key, found);
    return found;
  }

  get keys(): string[] {
    return [...this.#histograms.keys()];
  }
}

/** Points that a series has at most, so that memory does not grow with the time. */
const mostPoints = 120;

/** Collects outcomes in memory that does not grow with their number. */
export class Recorder {
  readonly #answered = new LatencyHistogram();
  readonly #late = new LatencyHistogram();
  readonly #outcomes = new HistogramTable();
  readonly #stages = new HistogramTable();
  readonly #models = new HistogramTable();
  readonly #series: { offered: number; answered: LatencyHistogram }[] = [];
  readonly #seriesSeconds: number;
  #offered = 0;
  #notSent = 0;
  #retries = 0;
  #end = 0;

  /** @param seconds how long requests are going to be sent */
  constructor(seconds: number) {
    this.#seriesSeconds = Math.max(1, Math.ceil(seconds / mostPoints));
  }

  /** A request that was due at `intended` and could not be sent. */
  recordNotSent(intended: number): void {
    this.#offered++;
    this.#notSent++;
    this.#point(intended).offered++;
  }

  record({ model, intended, late, latency, status, code, stages, retries }: Outcome): void {
    this.#offered++;
    this.#retries += retries;
    this.#end = Math.max(this.#end, intended + latency);
    this.#late.record(late);
    this.#outcomes.record(`${status} ${code}`, latency);
    const point = this.#point(intended);
    point.offered++;
    if (status !== 200) return;
    this.#answered.record(latency);
    this.#models.record(model, latency);
    point.answered.record(latency);
    this.#recordStages(stages, latency);
  }

  #recordStages(stages: ReadonlyMap<string, number>, latency: number): void {
    if (stages.size === 0) return;
    const total = [...stages.values()].reduce((sum, time) => sum + time, 0);
    for (const [stage, time] of stages) this.#stages.record(stage, time);
    this.#stages.record('elsewhere', Math.max(0, latency - total));
  }

  #point(intended: number): { offered: number; answered: LatencyHistogram } {
    const index = Math.min(mostPoints, Math.floor(Math.max(0, intended) / 1000 / this.#seriesSeconds));
    while (this.#series.length <= index) this.#series.push({ offered: 0, answered: new LatencyHistogram(2) });
    return this.#series[index] as { offered: number; answered: LatencyHistogram };
  }

  figures(): LoadFigures {
    const seconds = this.#end / 1000;
    const answered = this.#answered.count;
    return {
      seconds,
      offered: this.#offered,
      notSent: this.#notSent,
      answered,
      answeredPerSecond: seconds === 0 ? 0 : answered / seconds,
      failures: this.#offered === 0 ? 0 : 1 - answered / this.#offered,
      retries: this.#retries,
      latency: this.#answered.summary(),
      latencyQuantiles: this.#answered.quantiles(),
      late: this.#late.summary(),
      outcomes: this.#outcomeFigures(),
      stages: this.#stages.keys.map((stage) => ({ stage, ...this.#stages.of(stage).summary() })),
      runQuantiles: this.#stages.of('run').quantiles(),
      models: this.#models.keys.map((model) => ({ model, latency: this.#models.of(model).summary() })),
      seriesSeconds: this.#seriesSeconds,
      series: this.#seriesPoints(),
    };
  }

  #outcomeFigures(): OutcomeFigures[] {
    const outcomes = this.#outcomes.keys.map((key) => {
      const [status = '', code = ''] = key.split(' ');
      const latency = this.#outcomes.of(key).summary();
      return { status: Number(status), code, count: latency.count, latency };
    });
    return outcomes.sort((one, other) => other.count - one.count);
  }

  #seriesPoints(): SeriesPoint[] {
    return this.#series.map(({ offered, answered }, index) => ({
      second: index * this.#seriesSeconds,
      offered: offered / this.#seriesSeconds,
      answered: answered.count / this.#seriesSeconds,
      p50: answered.quantile(0.5),
      p99: answered.quantile(0.99),
    }));
  }
}
