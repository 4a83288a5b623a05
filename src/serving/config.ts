import { z } from 'zod';
import { UnpairedError } from '../core/errors.ts';
import { isProxyList } from './access/client-address.ts';
import { isOriginList } from './access/origin-list.ts';

function wholeNumber(minimum: number, maximum: number) {
  const range = `a whole number from ${minimum} to ${maximum}`;
  return z.coerce.number(range).int(range).min(minimum, range).max(maximum, range);
}

/** A whole number written in an environment variable. */
function integer(minimum: number, maximum: number, fallback: number) {
  return wholeNumber(minimum, maximum).default(fallback);
}

/** A text, or `none`. */
function optional(accepts: (text: string) => boolean, expected: string) {
  return z
    .string()
    .refine((text) => text === 'none' || accepts(text), expected)
    .default('none');
}

/** A whole number, or `auto`: chosen from the processor when the service starts. */
function automatic(minimum: number, maximum: number) {
  const range = `auto, or a whole number from ${minimum} to ${maximum}`;
  const count = z.coerce.number(range).int(range).min(minimum, range).max(maximum, range);
  return z.union([z.literal('auto'), count], range).default('auto');
}

/** Most pictures of one run, whatever says so. */
export const largestBatch = 256;

/**
 * Everything that can be set from outside, by the name of its environment variable: one name for one thing,
 * in the shell, in the code, in the deployment and in messages. An empty variable counts as unset.
 */
export const configSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in a container.'),
  PORT: integer(0, 65_535, 8080).describe('Port to listen on; 0 takes any free one.'),
  MODELS_DIR: z.string().min(1).default('models').describe('Folder of <name>/<version>/manifest.json.'),
  MODEL_VERSIONS: z
    .enum(['latest', 'all'], 'latest or all')
    .default('latest')
    .describe(
      'Versions of a model that are opened unasked. The highest answers for the name; each open one holds its weights in every lane.',
    ),
  PROVIDER: z
    .enum(['auto', 'cpu', 'cuda', 'webgpu'], 'auto, cpu, cuda or webgpu')
    .default('auto')
    .describe(
      'Execution provider. auto takes the first of cuda, webgpu and cpu that really runs; any other is an error when it cannot run.',
    ),
  DEVICE_ID: integer(0, 127, 0).describe('Index of the device that a GPU provider uses.'),
  LANES: automatic(1, 64).describe(
    'Processes that run models side by side. auto: one for every four threads, one on a GPU. More lanes: more throughput of small models, and each holds its own weights.',
  ),
  THREADS_PER_LANE: automatic(1, 256).describe(
    'Threads of one lane. auto: the threads of this machine (quota included) shared by the lanes, one kept for HTTP where there are more than two. LANES x THREADS_PER_LANE above the quota is slower.',
  ),
  LANE_PREFETCH: integer(0, 8, 1).describe(
    'Runs handed to a lane beyond the one it computes, so that it never waits for the next. 0: a client that leaves never costs a run, at some cost of throughput for small models.',
  ),
  MAX_UPLOAD_BYTES: integer(1024, 1_073_741_824, 20 * 1024 * 1024).describe(
    'Largest request body in bytes; a larger one is refused with 413.',
  ),
  MAX_PIXELS: integer(64, 268_435_456, 40_000_000).describe(
    'Largest uploaded picture in pixels (width x height), read from its header before anything is decoded. Decoded it takes three bytes a pixel.',
  ),
  MAX_DRAWN_CODES: integer(1, 1_000_000, 4096).describe(
    'Most codes that a model makes up for one picture, each a step of its prior: 4096 are 512x512 pixels where a code stands for 8x8. More are refused with 422.',
  ),
  MAX_CONNECTIONS: integer(1, 1_000_000, 1024).describe(
    'Connections open at one time, idle ones included; one more is closed at once. Every stream of events holds one.',
  ),
  MAX_CONCURRENT_UPLOADS: integer(1, 100_000, 64).describe(
    'Request bodies received or decoded at one time; one more is refused with 429. Times MAX_UPLOAD_BYTES, it bounds the memory that bodies take.',
  ),
  QUEUE_LIMIT: integer(1, 100_000, 64).describe(
    'Pictures inside the service that are not being run (being decoded, waiting, being encoded); one more is refused with 429.',
  ),
  MAX_BATCH: automatic(1, largestBatch).describe(
    'Most pictures of one run. 1 turns batching off. auto: what unpaired tune, or TUNE_AT_START, measured for the model on this device; without either 1, and for steps of EGSDE MAX_STEP_BATCH, on a CPU at most 2.',
  ),
  MAX_STEP_BATCH: integer(1, largestBatch, 16).describe(
    'Most sequences, such as pictures that are drawn code by code, whose steps share a run, whatever MAX_BATCH and the tuning say: such a step reads all weights for a few numbers, so that sharing pays on every device.',
  ),
  STEPS_PER_RUN: integer(1, 100, 1).describe(
    'Steps of a sampling that one run makes, where the model is guided and its manifest names a network of several steps. More than 1 is faster where each run copies its state there and back, as on a GPU; what comes, leaves or is taken early waits for as many.',
  ),
  TUNING_FILE: z
    .string()
    .min(1)
    .default('auto')
    .describe(
      'File of what unpaired tune measured, used where the device and the model are those that were measured. auto: tuning.json in MODELS_DIR; none: not looked for.',
    ),
  TUNE_AT_START: z
    .enum(['true', 'false'], 'true or false')
    .default('false')
    .transform((text) => text === 'true')
    .describe(
      'Whether a model that nothing else says the batch of is measured at its warm-up with one picture against two, which takes as long as a dozen runs.',
    ),
  MAX_BATCH_DELAY_MS: integer(0, 10_000, 0).describe(
    'Milliseconds that a picture may wait for others to share its run; 0 batches only what has queued up anyway.',
  ),
  PRIORITY_STEP_MS: integer(0, 3_600_000, 10_000).describe(
    'Milliseconds of waiting that outweigh one level of priority: a picture of priority high overtakes those of priority normal that came at most so long before it.',
  ),
  DEADLINE_MS: integer(1, 3_600_000, 60_000).describe(
    'Milliseconds from the arrival of a request until which a lane must have begun it, where it says no timeout itself; then 504. What has begun is finished.',
  ),
  MAX_DEADLINE_MS: integer(1, 3_600_000, 600_000).describe(
    'Most milliseconds that a request can ask for with X-Request-Timeout; a longer timeout counts as this one.',
  ),
  STYLE_CODES: integer(0, 1_000_000, 1000).describe(
    'Attribute codes of style pictures that are remembered, by the content of the picture; the one unused for longest gives way. 0: each is read anew.',
  ),
  RUN_TIMEOUT_MS: integer(100, 3_600_000, 120_000).describe(
    'Milliseconds after which a run counts as hung: its lane is killed and replaced, and the run tried once more.',
  ),
  LANE_MEMORY_MB: integer(0, 1_048_576, 0).describe(
    'Resident memory in MiB above which a lane is replaced after a run; its successor is opened first, so there must be room for one lane more. 0: no ceiling.',
  ),
  LANE_CACHE_MB: integer(0, 1_048_576, 512).describe(
    'Most MiB that a lane keeps of sequences under way, such as the codes of a picture that is being drawn, for their next steps, beside what one run needs; the one unused for longest gives way, and is computed anew. Part of what LANE_MEMORY_MB limits.',
  ),
  JOBS_DIR: z
    .string()
    .min(1)
    .default('auto')
    .describe(
      'Folder for the results of jobs, of this process alone: what another left there is removed at the start. auto: a fresh one in the folder of temporary files, removed at the end.',
    ),
  JOBS_MAX: integer(1, 1_000_000, 1000).describe(
    'Jobs that are remembered, ended ones included; one more is refused with 429.',
  ),
  JOBS_MAX_BYTES: integer(1024, 1_099_511_627_776, 256 * 1024 * 1024).describe(
    'Most bytes of all kept results of jobs; when they are reached, new jobs are refused with 429, and a result that does not fit fails its job.',
  ),
  JOB_RESULT_TTL_MS: integer(1, 604_800_000, 600_000).describe(
    'Milliseconds that a job is remembered after its end, with its result.',
  ),
  JOBS_PER_KEY: integer(1, 1_000_000, 16).describe(
    'Jobs of one API key that have not ended; one more is refused with 429. Below QUEUE_LIMIT, so that one client leaves room to others.',
  ),
  DRAIN_MS: integer(0, 600_000, 5000).describe(
    'Milliseconds between failing readiness and refusing requests when the service is told to stop; must cover the time a load balancer takes to notice.',
  ),
  STOP_TIMEOUT_MS: integer(100, 3_600_000, 30_000).describe(
    'Milliseconds that requests in flight get to finish after DRAIN_MS; then the process ends with exit code 1. Jobs get nine tenths of it, then they fail as STOPPING.',
  ),
  HEADERS_TIMEOUT_MS: integer(100, 600_000, 10_000).describe(
    'Milliseconds a client may take to send its request headers; then 408.',
  ),
  REQUEST_TIMEOUT_MS: integer(100, 3_600_000, 60_000).describe(
    'Milliseconds a client may take to send its whole request; then 408. Does not limit how long the answer takes.',
  ),
  RESPONSE_TIMEOUT_MS: integer(100, 3_600_000, 60_000).describe(
    'Milliseconds a client may take to receive its answer, from the first byte to the last; then its connection is closed.',
  ),
  KEEP_ALIVE_TIMEOUT_MS: integer(0, 3_600_000, 75_000).describe(
    'Milliseconds an idle connection stays open; longer than that of the load balancer in front.',
  ),
  ADMIN_PORT: z
    .union([z.literal('off'), wholeNumber(0, 65_535)], 'off, or a whole number from 0 to 65535')
    .default('off')
    .describe('Port for loading and unloading models, 0 takes any free one; off: there is none.'),
  ADMIN_HOST: z.string().min(1).default('127.0.0.1').describe('Address that ADMIN_PORT listens on.'),
  ADMIN_KEY: z
    .string()
    .default('')
    .describe('Key of at least 16 characters that every request to ADMIN_PORT must send.'),
  ADMIN_KEY_FILE: z.string().default('').describe('File that holds the key, in place of ADMIN_KEY.'),
  API_KEYS_FILE: z
    .string()
    .default('none')
    .describe(
      'File with a line for each API key, as unpaired keys new prints it; read again when it changes. none: everyone who reaches the service may use it.',
    ),
  METRICS_OPEN: z
    .enum(['true', 'false'], 'true or false')
    .default('true')
    .transform((text) => text === 'true')
    .describe('Whether /metrics is open when API keys are in use; /livez and /readyz always are.'),
  RATE_LIMIT_PER_MINUTE: integer(0, 10_000_000, 0).describe(
    'Requests a minute of one API key, or of one address when there are no keys; more are refused with 429. 0: no limit.',
  ),
  RATE_LIMIT_BURST: integer(1, 1_000_000, 20).describe(
    'Requests that a client may send at once after a pause, when its rate is limited.',
  ),
  TRUST_PROXY: optional(
    isProxyList,
    'none, or addresses, CIDR ranges, loopback, linklocal, uniquelocal, with commas between them',
  ).describe(
    'Proxies whose X-Forwarded-For tells the address of a client: addresses or ranges, with commas between them. none: the header is not believed.',
  ),
  CORS_ORIGINS: optional(
    isOriginList,
    'none, *, or origins like https://example.org, with commas between them',
  ).describe(
    'Origins whose pages may use the service from a browser, with commas between them; * is any. none: no page of another origin.',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe log line that is written (JSON lines on standard error).'),
});

export type ServingConfig = z.output<typeof configSchema>;

/** A variable that cannot be used; names it, what was expected and the value seen. */
export class ConfigError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'CONFIG_INVALID', status: 500 });
  }
}

/**
 * Reads the configuration.
 * @param environment usually process.env; variables of other names are not looked at
 * @throws ConfigError naming every variable at fault
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ServingConfig {
  const given = Object.fromEntries(
    Object.keys(configSchema.shape)
      .filter((name) => (environment[name] ?? '') !== '')
      .map((name) => [name, environment[name]]),
  );
  const result = configSchema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `${name} must be ${issue.message}, got "${given[name]}"`;
  });
  throw new ConfigError(faults.join('; '));
}

/** Threads for the lanes: with more than two, one is left to HTTP, decoding and encoding. */
export function threadBudget(threads: number): number {
  return threads > 2 ? threads - 1 : threads;
}

/**
 * How the processor is shared out.
 * @param threads threads this process may use, quota included
 * @param tuned layout that was measured to be fastest here; used where neither variable is set
 */
export function laneLayout(
  config: Pick<ServingConfig, 'LANES' | 'THREADS_PER_LANE' | 'PROVIDER'>,
  threads: number,
  tuned?: { readonly lanes: number; readonly threadsPerLane: number },
): { lanes: number; threadsPerLane: number } {
  if (tuned && config.LANES === 'auto' && config.THREADS_PER_LANE === 'auto') {
    return { lanes: tuned.lanes, threadsPerLane: tuned.threadsPerLane };
  }
  const budget = threadBudget(threads);
  const onGpu = config.PROVIDER === 'cuda' || config.PROVIDER === 'webgpu';
  const lanes = config.LANES === 'auto' ? (onGpu ? 1 : Math.ceil(budget / 4)) : config.LANES;
  const share = onGpu ? 1 : Math.max(1, Math.floor(budget / lanes));
  return { lanes, threadsPerLane: config.THREADS_PER_LANE === 'auto' ? share : config.THREADS_PER_LANE };
}
