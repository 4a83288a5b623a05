import { parseArgs } from 'node:util';
import { choice, decimal, whole } from '../../bench/option-values.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import { arrivalProcesses } from '../arrivals.ts';
import type { ScalingPolicy } from './autoscaler.ts';
import { balances } from './fleet.ts';
import { parseServiceTime, readServiceTime, type ServiceTime } from './service-time.ts';
import type { SignalTargets } from './signal.ts';
import type { SimulationSettings } from './simulation.ts';
import { patterns, patternTrace, readTrace, type Trace } from './trace.ts';

export interface SimulateOptions {
  readonly json: boolean;
  readonly html: string | undefined;
  readonly trace: Trace;
  readonly serviceTime: ServiceTime;
  /** Everything but the targets, which are compared. */
  readonly settings: Omit<SimulationSettings, 'targets'>;
  readonly targets: readonly SignalTargets[];
  /** Simulations of each choice of targets, each with a seed of its own. */
  readonly repeats: number;
  readonly objective: { readonly p99Milliseconds: number; readonly failures: number };
}

export const simulateUsage = `Usage: npm run loadtest -- simulate [options]

Replays arrivals against replicas that an autoscaler starts and stops, and compares targets of the autoscaler. The
defaults are the settings of k8s/.

arrivals
  --pattern <name>       ${patterns.join(', ')} (default spike)
  --base <n>, --peak <n> requests a second, usually and at most (default 5 and 30)
  --duration <s>         (default 1800)
  --arrivals <kind>      ${arrivalProcesses.join(' or ')} (default poisson)
  --trace <file>         instead: a line for each request (seconds), or lines of "seconds,requests a second"

a replica
  --service-ms <n>       time of a lane for a picture; exponential:<n> draws it (default 150)
  --service-times <file> instead: as measured, what "npm run loadtest -- --json" wrote
  --lanes <n>            (default 1)
  --queue-limit <n>      requests that wait at most, then 429 (default 32)
  --start-up <s>         from the decision to the first request (default 30)
  --balance <kind>       how requests are shared out: ${balances.join(', ')} (default random, as kube-proxy)

the autoscaler; LIST is one value or several, and "none" leaves the metric out; every combination is simulated
  --target-queued-per-replica <LIST>  waiting requests for each replica (default 1,2,4,8)
  --target-utilisation <LIST>         share of busy lanes (default 0.7)
  --queued-window <s>, --utilisation-window <s>  their means are taken over (default 30 and 60)
  --min <n>, --max <n>                replicas (default 2 and 10)
  --tolerance <share>                 (default 0.1)
  --scrape <s>, --sync <s>            (default 10 and 15)
  --up <POLICIES>, --down <POLICIES>  as percent=100/30,pods=2/30 (the defaults: this, and pods=1/60)
  --stabilise-up <s>, --stabilise-down <s>  (default 0 and 300)

  --objective <ms>       99 of 100 answers come within this time (default 1000)
  --failures <share>     share of requests that may be refused (default 0.01)
  --seed <n>             (default 1)
  --repeats <n>          simulations of each target, with seeds that follow; all must hold (default 5)
  --json                 figures as JSON instead of tables
  --html <file>          write a page with charts too
`;

/** @throws InvalidArgumentError, or Node's own error for an unknown option */
export function parseSimulateOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      html: { type: 'string' },
      pattern: { type: 'string', default: 'spike' },
      base: { type: 'string', default: '5' },
      peak: { type: 'string', default: '30' },
      duration: { type: 'string', default: '1800' },
      arrivals: { type: 'string', default: 'poisson' },
      trace: { type: 'string' },
      'service-ms': { type: 'string', default: '150' },
      'service-times': { type: 'string' },
      lanes: { type: 'string', default: '1' },
      'queue-limit': { type: 'string', default: '32' },
      'start-up': { type: 'string', default: '30' },
      balance: { type: 'string', default: 'random' },
      'target-queued-per-replica': { type: 'string', default: '1,2,4,8' },
      'target-utilisation': { type: 'string', default: '0.7' },
      'queued-window': { type: 'string', default: '30' },
      'utilisation-window': { type: 'string', default: '60' },
      min: { type: 'string', default: '2' },
      max: { type: 'string', default: '10' },
      tolerance: { type: 'string', default: '0.1' },
      scrape: { type: 'string', default: '10' },
      sync: { type: 'string', default: '15' },
      up: { type: 'string', default: 'percent=100/30,pods=2/30' },
      down: { type: 'string', default: 'pods=1/60' },
      'stabilise-up': { type: 'string', default: '0' },
      'stabilise-down': { type: 'string', default: '300' },
      objective: { type: 'string', default: '1000' },
      failures: { type: 'string', default: '0.01' },
      seed: { type: 'string', default: '1' },
      repeats: { type: 'string', default: '5' },
    },
  });
  const trace = traceOf(values);
  const serviceTimes = values['service-times'];
  return {
    json: values.json,
    html: values.html,
    trace,
    serviceTime:
      serviceTimes === undefined ? parseServiceTime(values['service-ms']) : readServiceTime(serviceTimes),
    settings: settingsOf(values, trace),
    targets: targetsOf(values),
    repeats: whole('--repeats', values.repeats),
    objective: {
      p99Milliseconds: decimal('--objective', values.objective, 1),
      failures: decimal('--failures', values.failures, 0, 1),
    },
  };
}

type Texts<Names extends string> = Readonly<Record<Names, string>>;

/** Within these, a simulation ends in seconds. */
const [longestSeconds, mostArrivals] = [7 * 86_400, 5_000_000];

function traceOf(
  values: Texts<'pattern' | 'base' | 'peak' | 'duration' | 'arrivals'> & { readonly trace?: string },
): Trace {
  const process = choice('--arrivals', arrivalProcesses, values.arrivals);
  if (values.trace !== undefined) return readTrace(values.trace, process);
  const options = {
    pattern: choice('--pattern', patterns, values.pattern),
    base: decimal('--base', values.base),
    peak: decimal('--peak', values.peak),
    durationSeconds: decimal('--duration', values.duration, 1, longestSeconds),
    process,
  };
  const arrivals = options.durationSeconds * Math.max(options.base, options.peak);
  if (arrivals <= mostArrivals) return patternTrace(options);
  throw new InvalidArgumentError(
    `--duration times --peak may be ${mostArrivals} requests at most, got ${Math.round(arrivals)}`,
  );
}

function settingsOf(
  values: Texts<
    | 'lanes'
    | 'queue-limit'
    | 'start-up'
    | 'balance'
    | 'min'
    | 'max'
    | 'tolerance'
    | 'scrape'
    | 'sync'
    | 'up'
    | 'down'
    | 'stabilise-up'
    | 'stabilise-down'
    | 'seed'
  >,
  { durationSeconds }: Trace,
): SimulateOptions['settings'] {
  const minReplicas = whole('--min', values.min);
  return {
    lanes: whole('--lanes', values.lanes),
    queueLimit: decimal('--queue-limit', values['queue-limit']),
    balance: choice('--balance', balances, values.balance),
    startUpSeconds: decimal('--start-up', values['start-up']),
    minReplicas,
    maxReplicas: decimal('--max', values.max, minReplicas, 1000),
    tolerance: decimal('--tolerance', values.tolerance, 0, 1),
    up: {
      stabilizationSeconds: decimal('--stabilise-up', values['stabilise-up'], 0, 3600),
      policies: policiesOf('--up', values.up),
    },
    down: {
      stabilizationSeconds: decimal('--stabilise-down', values['stabilise-down'], 0, 3600),
      policies: policiesOf('--down', values.down),
    },
    scrapeSeconds: decimal('--scrape', values.scrape, 1, 600),
    syncSeconds: decimal('--sync', values.sync, 1, 600),
    durationSeconds,
    seed: whole('--seed', values.seed),
  };
}

function targetsOf(
  values: Texts<'target-queued-per-replica' | 'target-utilisation' | 'queued-window' | 'utilisation-window'>,
): SignalTargets[] {
  const list = (option: keyof typeof values, most?: number) =>
    values[option]
      .split(',')
      .map((text) => (text === 'none' ? undefined : decimal(`--${option}`, text, 0.01, most)));
  const queuedWindowSeconds = decimal('--queued-window', values['queued-window']);
  const utilisationWindowSeconds = decimal('--utilisation-window', values['utilisation-window']);
  return list('target-queued-per-replica').flatMap((queued) =>
    list('target-utilisation', 1).map((utilisation) => ({
      queued,
      queuedWindowSeconds,
      utilisation,
      utilisationWindowSeconds,
    })),
  );
}

function policiesOf(option: string, text: string): ScalingPolicy[] {
  return text.split(',').map((part) => {
    const [, type, value, period] = /^(pods|percent)=([1-9]\d*)\/([1-9]\d*)$/.exec(part.trim()) ?? [];
    if (type === undefined)
      throw new InvalidArgumentError(
        `${option} takes policies as percent=100/30,pods=2/30 (of 30 seconds), got "${part}"`,
      );
    return { type: type as ScalingPolicy['type'], value: Number(value), periodSeconds: Number(period) };
  });
}
