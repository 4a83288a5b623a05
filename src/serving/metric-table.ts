/**
 * Seconds, from a JPEG header to three minutes of sampling: one set for every stage, so that the stages of a
 * request can be compared.
 */
const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180,
];

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
  outputs: {
    name: 'unpaired_outputs',
    type: 'histogram',
    help: 'Pictures of an answered translation.',
    labels: ['model'],
    buckets: [1, 2, 4, 8, 16],
  },
  codesDrawn: {
    name: 'unpaired_codes_drawn_total',
    type: 'counter',
    help: 'Codes of pictures that models made up, each a step of their prior.',
    labels: ['model'],
  },
  samplingSteps: {
    name: 'unpaired_sampling_steps_total',
    type: 'counter',
    help: 'Steps of pictures that were sampled (EGSDE), each a place in a run.',
    labels: ['model'],
  },
  drawingSeconds: {
    name: 'unpaired_drawing_duration_seconds',
    type: 'histogram',
    help: 'Time from the first code of a request to the last.',
    labels: ['model'],
    buckets: durationBuckets,
  },
  styleCodes: {
    name: 'unpaired_style_codes_total',
    type: 'counter',
    help: 'Style pictures by whether their code was remembered: hit or miss.',
    labels: ['model', 'outcome'],
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
  connectionsRefused: {
    name: 'unpaired_connections_refused_total',
    type: 'counter',
    help: 'Connections closed at once, since MAX_CONNECTIONS were open.',
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
  laneCache: {
    name: 'unpaired_lane_cache_bytes',
    type: 'gauge',
    help: 'What each lane keeps of sequences under way, of LANE_CACHE_MB.',
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
  eventLoopDelay: {
    name: 'unpaired_event_loop_delay_seconds',
    type: 'gauge',
    help: 'How late the HTTP thread was since the last scrape, by statistic: p50, p99, max.',
    labels: ['statistic'],
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
