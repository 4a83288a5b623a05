import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Lanes } from './lanes.ts';
import { type ModelChange, modelStates } from './model-entry.ts';
import type { BatchChoice } from './tuning/batch-policy.ts';

/**
 * Seconds, from a JPEG header to three minutes of sampling: one set for every stage, so that the stages of a
 * request can be compared.
 */
const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180,
];

/** How a request ended: answered, refused for now (429, 503, 504), the client's fault (4xx), ours (5xx), or nobody left. */
export type Outcome = 'ok' | 'refused' | 'invalid' | 'failed' | 'client_left';

/** Every metric of our own, with its labels: the table that the documentation is held against. */
export const metricTable = {
  requests: {
    name: 'unpaired_requests_total',
    type: 'counter',
    help: 'Requests by how they ended: ok, refused, invalid, failed, client_left; reason is the error code.',
    labels: ['route', 'model', 'outcome', 'reason'],
  },
  requestSeconds: {
    name: 'unpaired_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labels: ['route', 'model', 'outcome'],
    buckets: durationBuckets,
  },
  stageSeconds: {
    name: 'unpaired_stage_duration_seconds',
    type: 'histogram',
    help: 'Time that answered translations spent in each stage.',
    labels: ['model', 'stage'],
    buckets: durationBuckets,
  },
  batchItems: {
    name: 'unpaired_batch_items',
    type: 'histogram',
    help: 'Pictures of a run.',
    labels: ['network'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  },
  runs: {
    name: 'unpaired_runs_total',
    type: 'counter',
    help: 'Runs of a network on a lane, by outcome: ok or failed.',
    labels: ['network', 'outcome'],
  },
  dropped: {
    name: 'unpaired_dropped_items_total',
    type: 'counter',
    help: 'Pictures given up before they cost a run, by reason: client_left, expired.',
    labels: ['reason'],
  },
  admittedItems: {
    name: 'unpaired_admitted_items',
    type: 'gauge',
    help: 'Pictures admitted and not yet answered.',
    labels: [],
  },
  uploads: {
    name: 'unpaired_uploads',
    type: 'gauge',
    help: 'Request bodies being received or decoded.',
    labels: [],
  },
  jobs: {
    name: 'unpaired_jobs',
    type: 'gauge',
    help: 'Jobs that are remembered, by state: queued, running, done, failed, cancelled.',
    labels: ['state'],
  },
  jobsEnded: {
    name: 'unpaired_jobs_ended_total',
    type: 'counter',
    help: 'Jobs by how they ended: done, failed, cancelled; reason is the error code of those that failed.',
    labels: ['model', 'state', 'reason'],
  },
  jobBytes: {
    name: 'unpaired_job_result_bytes',
    type: 'gauge',
    help: 'Bytes of the kept results of jobs, of JOBS_MAX_BYTES.',
    labels: [],
  },
  queuedItems: {
    name: 'unpaired_queued_items',
    type: 'gauge',
    help: 'Pictures waiting for a lane: summed over ready replicas, the signal to scale on.',
    labels: [],
  },
  networkQueuedItems: {
    name: 'unpaired_network_queued_items',
    type: 'gauge',
    help: 'Pictures waiting for a lane by network, for those that have any.',
    labels: ['network'],
  },
  queueOldest: {
    name: 'unpaired_queue_oldest_seconds',
    type: 'gauge',
    help: 'Age of the picture that has waited longest for a lane.',
    labels: [],
  },
  ready: {
    name: 'unpaired_ready',
    type: 'gauge',
    help: '1 when /readyz is 200, else 0: summed over the scrape targets, the replicas that can serve.',
    labels: [],
  },
  lanes: {
    name: 'unpaired_lanes',
    type: 'gauge',
    help: 'Lanes by state: starting, idle, busy, dead.',
    labels: ['state'],
  },
  laneRestarts: {
    name: 'unpaired_lane_restarts_total',
    type: 'counter',
    help: 'Times that each lane was replaced since the service started, by reason: died, hung, memory.',
    labels: ['lane', 'reason'],
  },
  laneBusySeconds: {
    name: 'unpaired_lane_busy_seconds_total',
    type: 'counter',
    help: 'Time that each lane had work at hand: its rate is the utilisation of the lane, from 0 to 1.',
    labels: ['lane'],
  },
  laneMemory: {
    name: 'unpaired_lane_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of each lane after its last run.',
    labels: ['lane'],
  },
  models: {
    name: 'unpaired_model_state',
    type: 'gauge',
    help: '1 for the state that a model version is in: loading, ready, draining, unloaded, failed.',
    labels: ['model', 'version', 'state'],
  },
  modelLoadSeconds: {
    name: 'unpaired_model_load_seconds',
    type: 'gauge',
    help: 'Time from reading the manifest of a model version to the end of its warm-up.',
    labels: ['model', 'version'],
  },
  modelMaxBatch: {
    name: 'unpaired_model_max_batch',
    type: 'gauge',
    help: 'Most pictures of one run of a model version that serves, by what said so: MAX_BATCH, tuning, warm-up, default.',
    labels: ['model', 'version', 'from'],
  },
  modelDrainSeconds: {
    name: 'unpaired_model_drain_seconds',
    type: 'gauge',
    help: 'Time that a model version, the last time it was unloaded, waited for the requests that held it.',
    labels: ['model', 'version'],
  },
  modelChanges: {
    name: 'unpaired_model_changes_total',
    type: 'counter',
    help: 'Versions of a model that were loaded, that failed to load, and that were unloaded, since the service started.',
    labels: ['model', 'change'],
  },
  buildInfo: {
    name: 'unpaired_build_info',
    type: 'gauge',
    help: 'Always 1; version of the service and of Node.',
    labels: ['version', 'node'],
  },
  providerInfo: {
    name: 'unpaired_provider_info',
    type: 'gauge',
    help: 'Always 1; execution provider that was asked for, the one that runs (empty before a lane is up), and the index of its device.',
    labels: ['asked', 'running', 'device'],
  },
} as const;

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
 * @param processMetrics also collect process_* and nodejs_* (event-loop delay among them) of prom-client
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
  const histogram = (key: 'requestSeconds' | 'stageSeconds' | 'batchItems') =>
    new Histogram({ ...options(key), buckets: [...metricTable[key].buckets] });
  new Gauge(options('buildInfo')).set({ version, node: process.version }, 1);
  return {
    registry,
    requests: new Counter(options('requests')),
    requestSeconds: histogram('requestSeconds'),
    stageSeconds: histogram('stageSeconds'),
    batchItems: histogram('batchItems'),
    runs: new Counter(options('runs')),
    dropped: new Counter(options('dropped')),
    jobsEnded: new Counter(options('jobsEnded')),
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
