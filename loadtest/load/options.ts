import { parseArgs } from 'node:util';
import { choice, decimal, whole } from '../../bench/option-values.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import { type OutputFormat, outputFormatNames } from '../../src/image/index.ts';
import { type ArrivalProcess, arrivalProcesses } from '../arrivals.ts';
import { type Mix, mixOf } from './mix.ts';

/** How requests are sent. */
export type Plan =
  /** As many a second as given, whatever becomes of them. */
  | { readonly kind: 'rate'; readonly rate: number }
  /** The next of each client when its last is answered. */
  | { readonly kind: 'clients'; readonly clients: number }
  /** Rates between the two, until the objective breaks. */
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number };

export interface LoadOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly html: string | undefined;
  /** The service to load; undefined: one of its own, with the models of `serve`. */
  readonly url: string | undefined;
  readonly permittedHost: string | undefined;
  readonly serve: string;
  readonly plan: Plan;
  readonly arrivals: ArrivalProcess;
  /** How long requests are sent; of a ramp, at each rate. */
  readonly seconds: number;
  /** Most requests of the whole test. */
  readonly requests: number;
  readonly objective: Objective;
  /** A folder to take the pictures from; undefined: drawn ones. */
  readonly pictures: string | undefined;
  readonly mix: Mix;
  readonly answer: OutputFormat;
  readonly timeoutMilliseconds: number;
  readonly maxOutstanding: number;
  readonly obeyRetryAfter: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly seed: number;
}

/** What the service has promised. */
export interface Objective {
  /** 99 of 100 answered pictures come within this time. */
  readonly p99Milliseconds: number;
  /** Share of the requests that may be refused or fail. */
  readonly failures: number;
}

export const loadUsage = `Usage: npm run loadtest -- [--rate <n> | --clients <n> | --ramp <from>..<to>] [options]
       npm run loadtest -- simulate --help

Loads a service and tells latencies, what came back, and where the time went.

how (default: --rate 10)
  --rate <n>            open loop: n requests a second on average, whether or not earlier ones are answered
  --clients <n>         closed loop: n clients, each sends its next request when the last is answered
  --ramp <from>..<to>   open loop at rising rates until the objective breaks, then between the last two:
                        the highest rate at which it holds
  --arrivals <kind>     ${arrivalProcesses.join(' or ')} (default poisson)
  --seconds <n>         how long requests are sent, for --ramp at each rate (default 10, at most 3600)
  --requests <n>        most requests in all (default 100000)
  --objective <ms>      time within which 99 of 100 answers come (default 1000)
  --failures <share>    share of requests that may be refused or fail (default 0.01)

where
  --url <url>           the service; without it one is started, and compared with the bare session in the same run
  --permitted-host <h>  a host other than this machine that you may load: must be the one of --url
  --serve <dir>         models of the service that is started (default models)
  --header <name:value> sent with every request; may be repeated

what: WEIGHTS is a list as jpeg:3,png:1
  --models <WEIGHTS>    default: all that are served, equally
  --pictures <dir>      every picture of a folder; without it loadtest/pictures/horse.jpg in --sizes and --formats
  --sizes <WEIGHTS>     as 256x256:3,768x512:1 (default 256x256)
  --formats <WEIGHTS>   jpeg, png, webp, avif (default jpeg)
  --send <WEIGHTS>      body, form (default body)
  --mix <file>          these as JSON: {"models": {"horse2zebra": 1}, "sizes": {"256x256": 3}, ...}
  --answer <format>     ${outputFormatNames.join(', ')} (default png)
  --seed <n>            of arrivals and mix (default 1)

bounds
  --timeout <ms>        of each request (default 30000)
  --max-outstanding <n> requests at once; more are not sent, and counted as failed (default 1000)
  --obey-retry-after    wait and send again when told so, at most three times and within the timeout

  --json                figures as JSON instead of tables
  --html <file>         write a page with charts too
`;

/** @throws InvalidArgumentError, or Node's own error for an unknown option */
export function parseLoadOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      html: { type: 'string' },
      url: { type: 'string' },
      'permitted-host': { type: 'string' },
      serve: { type: 'string', default: 'models' },
      rate: { type: 'string' },
      clients: { type: 'string' },
      ramp: { type: 'string' },
      arrivals: { type: 'string', default: 'poisson' },
      seconds: { type: 'string', default: '10' },
      requests: { type: 'string', default: '100000' },
      objective: { type: 'string', default: '1000' },
      failures: { type: 'string', default: '0.01' },
      models: { type: 'string' },
      pictures: { type: 'string' },
      sizes: { type: 'string' },
      formats: { type: 'string' },
      send: { type: 'string' },
      mix: { type: 'string' },
      answer: { type: 'string', default: 'png' },
      timeout: { type: 'string', default: '30000' },
      'max-outstanding': { type: 'string', default: '1000' },
      'obey-retry-after': { type: 'boolean', default: false },
      header: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
    },
  });
  const { help, json, html, url, serve, pictures } = values;
  return {
    help,
    json,
    html,
    url,
    permittedHost: values['permitted-host'],
    serve,
    plan: planOf(values),
    arrivals: choice('--arrivals', arrivalProcesses, values.arrivals),
    seconds: decimal('--seconds', values.seconds, 0.1, 3600),
    requests: whole('--requests', values.requests),
    objective: {
      p99Milliseconds: decimal('--objective', values.objective, 1),
      failures: decimal('--failures', values.failures, 0, 1),
    },
    pictures,
    mix: mixOf(values),
    answer: choice('--answer', outputFormatNames, values.answer),
    timeoutMilliseconds: whole('--timeout', values.timeout),
    maxOutstanding: whole('--max-outstanding', values['max-outstanding']),
    obeyRetryAfter: values['obey-retry-after'],
    headers: Object.fromEntries(values.header.map(parseHeader)),
    seed: whole('--seed', values.seed),
  };
}

function planOf(values: { rate?: string; clients?: string; ramp?: string }): Plan {
  const { rate, clients, ramp } = values;
  if ([rate, clients, ramp].filter((each) => each !== undefined).length > 1)
    throw new InvalidArgumentError('--rate, --clients and --ramp exclude each other');
  if (clients !== undefined) return { kind: 'clients', clients: whole('--clients', clients) };
  if (ramp !== undefined) return rampOf(ramp);
  return { kind: 'rate', rate: decimal('--rate', rate ?? '10', 0.01) };
}

function rampOf(text: string): Plan {
  const [from = '', to = '', ...more] = text.replace(/\/s$/, '').split('..');
  const plan = { from: decimal('--ramp', from, 0.01), to: decimal('--ramp', to, 0.01) };
  if (more.length === 0 && plan.from < plan.to) return { kind: 'ramp', ...plan };
  throw new InvalidArgumentError(`--ramp takes two rates, the lower first, as 1..50, got "${text}"`);
}

function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon > 0) return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
  // The value may be a secret, so the text is not repeated.
  throw new InvalidArgumentError('--header takes name:value');
}
