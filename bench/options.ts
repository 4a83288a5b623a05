import { parseArgs } from 'node:util';
import { InvalidArgumentError } from '../src/core/errors.ts';
import { availableThreads } from '../src/runtime/index.ts';
import { methodNames, presetNames } from '../src/training/config/index.ts';
import { whole } from './option-values.ts';

export const benchmarkNames = ['training', 'serving', 'outputs', 'prior', 'diffusion', 'methods'] as const;
/** Measured when none is named; the others are of one kind of model, or need a dataset. */
const usualBenchmarks = ['training', 'serving'] as const;
export type BenchmarkName = (typeof benchmarkNames)[number];

export interface BenchmarkOptions {
  readonly benchmarks: readonly BenchmarkName[];
  readonly json: boolean;
  readonly help: boolean;
  /** About how long each step size, and the load on each model, is measured. */
  readonly seconds: number;
  /** Training: threads of the sessions. Serving lays out its lanes itself. */
  readonly threads: number;
  readonly methods: readonly string[];
  /** Training: a git revision whose step is measured by turns with this one's. */
  readonly against: string | undefined;
  readonly preset: string;
  /** Sides of the training pictures in pixels. */
  readonly sizes: readonly number[];
  readonly filters: number | undefined;
  readonly clients: number;
  /** Requests to each model, of serving undefined: as many as fit into `seconds`. */
  readonly requests: number | undefined;
  /** Parts that the load on a model is cut into, or requests for outputs, with the bare session measured between them. */
  readonly rounds: number;
  /** Outputs: of one picture, in one request. */
  readonly outputs: number;
  /** Prior: blocks and features of the transformer, and maps drawn together. */
  readonly layers: number;
  readonly width: number;
  readonly maps: number;
  /** Prior: translations that come while maps are drawn, and milliseconds until which each must have begun. */
  readonly translations: number;
  readonly deadline: number;
  readonly models: string;
  /** Methods: the dataset, and the new folder for runs and models. */
  readonly data: string | undefined;
  readonly out: string | undefined;
  readonly rehearsed: readonly string[];
  readonly steps: number;
  /** Methods and diffusion: side of the pictures in pixels. */
  readonly side: number;
  /** Methods: whether test pictures of one name show the same thing. */
  readonly pairs: boolean;
}

export const usage = `Usage: npm run bench -- [training] [serving] [outputs] [prior] [diffusion] [methods] [options]

Measures ratios within one run; without a name, training and serving.

  --seconds <n>    about how long each step size, and the load on each model, is measured (default 30)
  --json           figures as JSON instead of tables

training
  --sizes <list>   sides of the pictures in pixels (default 128,64)
  --preset <name>  ${presetNames.join(' or ')} (default small)
  --filters <n>    filters of generator and discriminator (default: the preset's)
  --method <list>  training methods (default cut)
  --against <rev>  measure the step of that git revision too, by turns
  --threads <n>    threads of a session (default: all that the process may use)

serving; the variables of "unpaired serve" count too: LANES, THREADS_PER_LANE, PROVIDER, ...
  --requests <n>   requests to each model (default: what fits into --seconds, from 3 a client to 200)
  --clients <n>    clients at once, each with a connection and a picture of its own (default 16)
  --rounds <n>     parts of the load, with the bare session measured between them (default 4)
  --models <dir>   models to measure beside the full-size generator (default models)

outputs: what several outputs of one picture cost beside as many bare generator runs; the variables of serving count too
  --outputs <n>    outputs of one request, at most 16 (default 8)
  --rounds <n>     requests, with the bare sessions measured between them (default 4)

prior: maps of 16x16 codes drawn by VQ-I2I's transformer with a cache, against the whole window for each code; --threads as above;
then in the service, whose variables count too, one map at a time, several at once, and these beside translations
  --layers <n>     blocks (default 6; published 24)
  --width <n>      features, a multiple of 32 (default 256; published 512)
  --maps <n>       maps drawn together (default 10)
  --translations <n>  translations that come while these are drawn (default 50)
  --deadline <ms>  until when each must have begun, from its arrival (default 2000)

diffusion: translations by EGSDE that come at random, with steps of their own, which share runs at every step, against fixed batches and
one at a time; --threads and --seconds as above, and the service's variables that are not of lanes
  --requests <n>   how many (default 12)
  --size <n>       side of the pictures in pixels, a multiple of 8 (default 64)
  --filters <n>    channels of the U-Nets, a multiple of 32 (default 32)

methods: trains each method, stops it half-way, resumes, exports, evaluates, serves, and tells what was wrong;
--filters (default 16) and --threads as above; networks that measure are those of EXTRACTORS_DIR
  --data <dir>     dataset to train on, for example what "unpaired datasets emoji" makes
  --out <dir>      folder for runs and models; a run that is there already is refused
  --steps <n>      steps of each method (default 500)
  --size <n>       side of the pictures in pixels (default 64)
  --pairs          test pictures of one name show the same: compare translations with them too
  --only <list>    methods to train (default ${methodNames.join(',')})
`;

/** @throws InvalidArgumentError, or Node's own error for an unknown option */
export function parseOptions(args: readonly string[]): BenchmarkOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '30' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      threads: { type: 'string', default: String(availableThreads()) },
      method: { type: 'string', default: 'cut' },
      against: { type: 'string' },
      preset: { type: 'string', default: 'small' },
      sizes: { type: 'string', default: '128,64' },
      filters: { type: 'string' },
      clients: { type: 'string', default: '16' },
      requests: { type: 'string' },
      rounds: { type: 'string', default: '4' },
      layers: { type: 'string', default: '6' },
      width: { type: 'string', default: '256' },
      maps: { type: 'string', default: '10' },
      translations: { type: 'string', default: '50' },
      deadline: { type: 'string', default: '2000' },
      outputs: { type: 'string', default: '8' },
      models: { type: 'string', default: 'models' },
      data: { type: 'string' },
      out: { type: 'string' },
      steps: { type: 'string', default: '500' },
      size: { type: 'string', default: '64' },
      only: { type: 'string', default: methodNames.join(',') },
      pairs: { type: 'boolean', default: false },
    },
  });
  const { json, help, method, against, preset, models } = values;
  return {
    benchmarks: positionals.length === 0 ? usualBenchmarks : positionals.map(benchmarkName),
    json,
    help,
    methods: method.split(','),
    against,
    preset: presetName(preset),
    models,
    seconds: whole('--seconds', values.seconds),
    threads: whole('--threads', values.threads),
    sizes: values.sizes.split(',').map((size) => whole('--sizes', size)),
    filters: values.filters === undefined ? undefined : whole('--filters', values.filters),
    clients: whole('--clients', values.clients),
    requests: values.requests === undefined ? undefined : whole('--requests', values.requests),
    rounds: whole('--rounds', values.rounds),
    layers: whole('--layers', values.layers),
    width: multipleOf32('--width', values.width),
    maps: whole('--maps', values.maps),
    translations: whole('--translations', values.translations),
    deadline: whole('--deadline', values.deadline),
    outputs: whole('--outputs', values.outputs),
    data: values.data,
    out: values.out,
    rehearsed: values.only.split(',').map(methodName),
    steps: whole('--steps', values.steps),
    side: whole('--size', values.size),
    pairs: values.pairs,
  };
}

/** Heads have 32 features each. */
function multipleOf32(option: string, text: string): number {
  const value = whole(option, text);
  if (value % 32 === 0) return value;
  throw new InvalidArgumentError(`${option} takes a multiple of 32, got ${value}`);
}

function benchmarkName(given: string): BenchmarkName {
  const name = benchmarkNames.find((known) => known === given);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`expected ${benchmarkNames.join(', ')}, got "${given}"`);
}

function methodName(given: string): string {
  if ((methodNames as readonly string[]).includes(given)) return given;
  throw new InvalidArgumentError(`--only takes ${methodNames.join(', ')}, got "${given}"`);
}

function presetName(given: string): string {
  if (presetNames.includes(given)) return given;
  throw new InvalidArgumentError(`--preset takes ${presetNames.join(' or ')}, got "${given}"`);
}
