import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { monitorDelay } from './event-loop-delay.ts';
import type { Lanes } from './lanes.ts';
import { metricTable } from './metric-table.ts';
import { type ModelChange, modelStates } from './model-entry.ts';
import type { BatchChoice } from './tuning/batch-policy.ts';

/** How a request ended: answered, refused for now (429, 503, 504), the client's fault (4xx), ours (5xx), or nobody left. */
export type Outcome = 'ok' | 'refused' | 'invalid' | 'failed' | 'client_left';

/** What the gauges read when they are scraped. */
export interface Gauges {
  readonly scheduler: {
    readonly admittedItems: number;
    readonly queuedItems: number;
    readonly queuedByNetwork: ReadonlyMap<string, number>;
    readonly oldestSeconds: number;
  };
  readonly uploads: { readonly taken: number };
  readonly jobs: { readonly counts: Readonly<Record<string, number>>; readonly bytes: number };
  readonly ready: () => boolean;
  readonly lanes: Pick<Lanes, 'lanes'>;
  readonly provider: () => { readonly asked: string; readonly running: string; readonly device: string };
  readonly models: () => readonly {
    name: string;
    version: string;
    state: string;
    loadSeconds?: number | undefined;
    drainSeconds?: number | undefined;
    ready?: { readonly batch: BatchChoice | undefined } | undefined;
  }[];
  readonly changes: () => readonly ModelChange[];
}

const laneStates = ['starting', 'idle', 'busy', 'dead'] as const;

/** The registry of one app and the metrics that code counts on. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * @param processMetrics also collect process_* and nodejs_* of prom-client
 */
export function createMetrics({ version, processMetrics }: { version: string; processMetrics: boolean }) {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  // Gauges that are named like counters, which Prometheus objects to; nodejs_active_resources tells the same.
  for (const misnamed of ['handles', 'requests', 'resources'])
    registry.removeSingleMetric(`nodejs_active_${misnamed}_total`);
  const options = <T extends keyof typeof metricTable>(key: T) => {
    const { name, help, labels } = metricTable[key];
    return { name, help, labelNames: labels as readonly string[], registers: [registry] };
  };
  const histogram = (key: 'requestSeconds' | 'stageSeconds' | 'drawingSeconds' | 'batchItems' | 'outputs') =>
    new Histogram({ ...options(key), buckets: [...metricTable[key].buckets] });
  new Gauge(options('buildInfo')).set({ version, node: process.version }, 1);
  return {
    registry,
    requests: new Counter(options('requests')),
    requestSeconds: histogram('requestSeconds'),
    stageSeconds: histogram('stageSeconds'),
    batchItems: histogram('batchItems'),
    outputs: histogram('outputs'),
    codesDrawn: new Counter(options('codesDrawn')),
    samplingSteps: new Counter(options('samplingSteps')),
    drawingSeconds: histogram('drawingSeconds'),
    styleCodes: new Counter(options('styleCodes')),
    runs: new Counter(options('runs')),
    dropped: new Counter(options('dropped')),
    jobsEnded: new Counter(options('jobsEnded')),
    connectionsRefused: new Counter(options('connectionsRefused')),
    /** Registers the gauges whose values are read at the scrape. */
    watch: (gauges: Gauges) => watch(gauges, options),
  };
}

function watch(
  { scheduler, uploads, jobs, ready, lanes, provider, models, changes }: Gauges,
  options: (key: keyof typeof metricTable) => ConstructorParameters<typeof Gauge>[0],
): void {
  const gauge = (key: keyof typeof metricTable, collect: (gauge: Gauge) => void) =>
    new Gauge({
      ...options(key),
      collect() {
        this.reset();
        collect(this);
      },
    });
  // What is counted elsewhere: the value at the scrape is the count.
  const counter = (key: keyof typeof metricTable, collect: (counter: Counter) => void) =>
    new Counter({
      ...options(key),
      collect() {
        this.reset();
        collect(this);
      },
    });
  gauge('admittedItems', (target) => target.set(scheduler.admittedItems));
  gauge('uploads', (target) => target.set(uploads.taken));
  gauge('jobs', (target) => {
    for (const [state, count] of Object.entries(jobs.counts)) target.set({ state }, count);
  });
  gauge('jobBytes', (target) => target.set(jobs.bytes));
  const delay = monitorDelay();
  gauge('eventLoopDelay', (target) => {
    for (const [statistic, seconds] of Object.entries(delay())) target.set({ statistic }, seconds);
  });
  gauge('ready', (target) => target.set(ready() ? 1 : 0));
  gauge('queuedItems', (target) => target.set(scheduler.queuedItems));
  gauge('networkQueuedItems', (target) => {
    for (const [network, items] of scheduler.queuedByNetwork) target.set({ network }, items);
  });
  gauge('queueOldest', (target) => target.set(scheduler.oldestSeconds));
  gauge('lanes', (target) => {
    for (const state of laneStates) {
      target.set({ state }, lanes.lanes.filter((lane) => lane.state === state).length);
    }
  });
  gauge('providerInfo', (target) => target.set(provider(), 1));
  counter('laneRestarts', (target) => {
    for (const { index, restartReasons } of lanes.lanes) {
      for (const [reason, times] of Object.entries(restartReasons)) {
        target.inc({ lane: String(index), reason }, times);
      }
    }
  });
  counter('laneBusySeconds', (target) => {
    for (const { index, busySeconds } of lanes.lanes) target.inc({ lane: String(index) }, busySeconds);
  });
  gauge('laneMemory', (target) => {
    for (const { index, residentBytes } of lanes.lanes) {
      if (residentBytes !== undefined) target.set({ lane: String(index) }, residentBytes);
    }
  });
  gauge('laneCache', (target) => {
    for (const { index, cacheBytes } of lanes.lanes) target.set({ lane: String(index) }, cacheBytes);
  });
  gauge('models', (target) => {
    for (const { name: model, version, state } of models()) {
      for (const each of modelStates) target.set({ model, version, state: each }, each === state ? 1 : 0);
    }
  });
  gauge('modelLoadSeconds', (target) => {
    for (const { name: model, version, loadSeconds } of models()) {
      if (loadSeconds !== undefined) target.set({ model, version }, loadSeconds);
    }
  });
  gauge('modelMaxBatch', (target) => {
    for (const { name: model, version, ready } of models()) {
      if (ready?.batch) target.set({ model, version, from: ready.batch.from }, ready.batch.maxBatch);
    }
  });
  gauge('modelDrainSeconds', (target) => {
    for (const { name: model, version, drainSeconds } of models()) {
      if (drainSeconds !== undefined) target.set({ model, version }, drainSeconds);
    }
  });
  new Counter({
    ...options('modelChanges'),
    collect() {
      this.reset();
      for (const { model, change, count } of changes()) this.inc({ model, change }, count);
    },
  });
}
