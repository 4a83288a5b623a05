import { Random } from '../../src/core/random.ts';
import { LatencyHistogram, type LatencySummary } from '../latency.ts';
import { Autoscaler, type AutoscalerSettings } from './autoscaler.ts';
import { EventQueue } from './event-queue.ts';
import { Fleet, type FleetSettings } from './fleet.ts';
import type { Replica } from './replica.ts';
import { Signal, type SignalTargets } from './signal.ts';

export interface SimulationSettings extends FleetSettings, AutoscalerSettings {
  readonly targets: SignalTargets;
  /** From the decision for a replica to the first request that it may get: scheduling, image, model load. */
  readonly startUpSeconds: number;
  readonly scrapeSeconds: number;
  readonly syncSeconds: number;
  /** Time of the trace. */
  readonly durationSeconds: number;
  readonly seed: number;
}

/** One moment of a simulation; figures since the moment before. */
export interface SimulationPoint {
  readonly second: number;
  readonly arrivalsPerSecond: number;
  /** Ready to serve, and all that cost. */
  readonly ready: number;
  readonly replicas: number;
  readonly queued: number;
  readonly refusedPerSecond: number;
  /** Milliseconds; not a number when no request was answered. */
  readonly p99: number;
}

export interface SimulationResult {
  readonly offered: number;
  readonly refused: number;
  /** From arrival to answer, milliseconds; a refused request has none. */
  readonly latency: LatencySummary;
  /** From arrival to the begin of the run. */
  readonly wait: LatencySummary;
  readonly replicaMinutes: number;
  readonly mostReplicas: number;
  /** Times that the autoscaler changed the number of replicas. */
  readonly changes: number;
  readonly series: readonly SimulationPoint[];
}

/** One answered request; times in seconds. */
export interface SimulatedRequest {
  readonly arrival: number;
  readonly begin: number;
  readonly end: number;
}

const points = 240;

/**
 * Discrete-event simulation of replicas with lanes and bounded queues under an autoscaler. It begins with the least
 * replicas, ready. A refused request does not come again.
 * @param arrivals times in seconds, ascending
 * @param serviceSeconds draws the time that a lane takes for a picture
 */
export function simulate(
  settings: SimulationSettings,
  arrivals: Iterable<number>,
  serviceSeconds: () => number,
  observe: (request: SimulatedRequest) => void = () => {},
): SimulationResult {
  const simulation = new Simulation(settings, arrivals, serviceSeconds, observe);
  return simulation.run();
}

class Simulation {
  readonly #settings: SimulationSettings;
  readonly #arrivals: Iterator<number>;
  readonly #serviceSeconds: () => number;
  readonly #observe: (request: SimulatedRequest) => void;
  readonly #events = new EventQueue();
  readonly #fleet: Fleet;
  readonly #autoscaler: Autoscaler;
  readonly #signal: Signal;
  readonly #latency = new LatencyHistogram();
  readonly #wait = new LatencyHistogram();
  readonly #series: SimulationPoint[] = [];
  #recent = { offered: 0, refused: 0, latency: new LatencyHistogram(2) };
  #offered = 0;
  #refused = 0;
  #inside = 0;
  #arriving = true;
  #mostReplicas: number;
  #changes = 0;
  #lastEnd = 0;
  #lastScrape = 0;

  constructor(
    settings: SimulationSettings,
    arrivals: Iterable<number>,
    serviceSeconds: () => number,
    observe: (request: SimulatedRequest) => void,
  ) {
    this.#settings = settings;
    this.#arrivals = arrivals[Symbol.iterator]();
    this.#serviceSeconds = serviceSeconds;
    this.#observe = observe;
    this.#fleet = new Fleet(settings, Random.of(settings.seed, 'balance'));
    this.#autoscaler = new Autoscaler(settings);
    this.#signal = new Signal(settings.targets);
    this.#mostReplicas = settings.minReplicas;
    for (let count = 0; count < settings.minReplicas; count++) this.#fleet.becomeReady(this.#fleet.start(0));
  }

  run(): SimulationResult {
    const { scrapeSeconds, syncSeconds, durationSeconds } = this.#settings;
    // Scrapes and decisions do not know of each other: what is decided on is half a scrape old on average.
    this.#every(scrapeSeconds, () => this.#scrape(), scrapeSeconds / 2);
    this.#every(syncSeconds, () => this.#scale());
    const step = Math.max(1, Math.ceil(durationSeconds / points));
    this.#every(step, () => this.#sample(step));
    this.#awaitArrival();
    this.#events.run();
    return {
      offered: this.#offered,
      refused: this.#refused,
      latency: this.#latency.summary(),
      wait: this.#wait.summary(),
      replicaMinutes: this.#fleet.replicaSeconds(Math.max(durationSeconds, this.#lastEnd)) / 60,
      mostReplicas: this.#mostReplicas,
      changes: this.#changes,
      series: this.#series,
    };
  }

  get #over(): boolean {
    return this.#events.now > this.#settings.durationSeconds && !this.#arriving && this.#inside === 0;
  }

  #every(seconds: number, action: () => void, first = seconds): void {
    this.#events.at(this.#events.now + first, () => {
      if (this.#over) return;
      action();
      this.#every(seconds, action);
    });
  }

  #awaitArrival(): void {
    const { value, done } = this.#arrivals.next();
    if (done) this.#arriving = false;
    else this.#events.at(value, () => this.#arrive());
  }

  #arrive(): void {
    const { now } = this.#events;
    this.#offered++;
    this.#recent.offered++;
    const replica = this.#fleet.choose();
    const fate = replica?.offer(now) ?? 'refused';
    if (fate === 'refused') {
      this.#refused++;
      this.#recent.refused++;
    } else {
      this.#inside++;
      if (fate === 'runs') this.#begin(replica as Replica, now);
    }
    this.#awaitArrival();
  }

  #begin(replica: Replica, arrival: number): void {
    const begin = this.#events.now;
    const end = begin + this.#serviceSeconds();
    this.#events.at(end, () => {
      this.#inside--;
      this.#lastEnd = end;
      this.#wait.record(1000 * (begin - arrival));
      this.#latency.record(1000 * (end - arrival));
      this.#recent.latency.record(1000 * (end - arrival));
      this.#observe({ arrival, begin, end });
      const next = replica.finish(end);
      if (next !== undefined) this.#begin(replica, next);
      else this.#fleet.endIfDrained(replica, end);
    });
  }

  #scrape(): void {
    const { now } = this.#events;
    const seconds = now - this.#lastScrape;
    this.#lastScrape = now;
    const utilisation = this.#fleet.takeUtilisation(now, seconds);
    this.#signal.scrape({ time: now, queued: this.#fleet.queued, utilisation });
  }

  #scale(): void {
    const { now } = this.#events;
    const current = this.#fleet.size;
    const readings = this.#signal.readings(now);
    // Without a metric the controller leaves everything as it is.
    if (readings.length === 0) return;
    const wanted = this.#autoscaler.decide(now, current, readings);
    if (wanted !== current) this.#changes++;
    for (let count = current; count < wanted; count++) {
      const replica = this.#fleet.start(now);
      this.#events.at(now + this.#settings.startUpSeconds, () => this.#fleet.becomeReady(replica));
    }
    for (let count = current; count > wanted; count--) this.#fleet.remove(now);
    this.#mostReplicas = Math.max(this.#mostReplicas, wanted);
  }

  #sample(seconds: number): void {
    const { offered, refused, latency } = this.#recent;
    this.#series.push({
      second: this.#events.now,
      arrivalsPerSecond: offered / seconds,
      ready: this.#fleet.ready.length,
      replicas: this.#fleet.size,
      queued: this.#fleet.queued,
      refusedPerSecond: refused / seconds,
      p99: latency.count === 0 ? Number.NaN : latency.quantile(0.99),
    });
    this.#recent = { offered: 0, refused: 0, latency: new LatencyHistogram(2) };
  }
}
