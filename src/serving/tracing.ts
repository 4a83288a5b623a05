import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { ConfigError } from './config.ts';
import type { StageInterval } from './stage-clock.ts';

/** What is known of a request when it arrives. */
export interface RequestBegin {
  readonly id: string;
  readonly method: string;
  /** Pattern of the route, such as `/translate/:model`; undefined when there is none. */
  readonly route: string | undefined;
  readonly path: string;
  readonly scheme: string;
  readonly headers: IncomingHttpHeaders;
  /** On the clock of performance.now(). */
  readonly arrivedAt: number;
}

export interface RequestEnd {
  /** Empty when it is none that the catalog knows. */
  readonly model: string;
  readonly outcome: string;
  /** Code of the problem; empty when there was none. */
  readonly reason: string;
  /** undefined when the client left before there was one. */
  readonly status: number | undefined;
}

/** The span of a request. */
export interface RequestTrace {
  /** By the names that log collectors look for. */
  readonly ids: { readonly trace_id: string; readonly span_id: string };
  /** A stage of it is over, and becomes a span below its own. */
  stage(interval: StageInterval): void;
  end(end: RequestEnd): void;
}

export interface Tracing {
  begin(request: RequestBegin): RequestTrace;
  /** Sends what has not been sent, as far as that is quick. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** Version of the service. */
  readonly version: string;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
}

export const protocols = ['http/protobuf', 'http/json'] as const;
export type Protocol = (typeof protocols)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Spans by OpenTelemetry, when its variables say where they go. The libraries are loaded only then, and read the
 * variables that are not looked at here (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_*,
 * OTEL_EXPORTER_OTLP_*) from the process's own environment.
 *
 * They are ordinary dependencies, 12 packages of 28 MB, not optional ones to be installed beside: a variable must be
 * enough to trace an image that is already deployed.
 * @returns undefined when nothing is to be exported
 * @throws ConfigError for an exporter, endpoint or protocol that cannot be used
 */
export async function startTracing(
  environment: Environment,
  options: TracingOptions,
): Promise<Tracing | undefined> {
  const endpoint = endpointIn(environment);
  if (endpoint === undefined) return undefined;
  const protocol = protocolIn(environment);
  const { startOtlpTracing } = await import('./otlp-tracing.ts');
  // A URL may hold a password.
  options.log.info({ collector: endpoint.origin, protocol }, 'tracing requests');
  return startOtlpTracing(protocol, options);
}

function endpointIn(environment: Environment): URL | undefined {
  if (environment.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const exporter = environment.OTEL_TRACES_EXPORTER || 'otlp';
  if (exporter === 'none') return undefined;
  const [name, endpoint] = firstOf(environment, [
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  ]);
  if (endpoint === undefined) return undefined;
  if (exporter !== 'otlp')
    throw new ConfigError(`OTEL_TRACES_EXPORTER is "${exporter}"; expected otlp or none`);
  if (!(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)))
    throw new ConfigError(`${name} is no URL with http or https`);
  return new URL(endpoint);
}

function protocolIn(environment: Environment): Protocol {
  const [name, asked = 'http/protobuf'] = firstOf(environment, [
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  ]);
  const protocol = protocols.find((each) => each === asked);
  if (protocol !== undefined) return protocol;
  throw new ConfigError(
    `${name} is "${asked}"; expected ${protocols.join(' or ')} (port 4318 of most collectors)`,
  );
}

/** The first variable that is set and not empty. */
function firstOf(
  environment: Environment,
  names: readonly string[],
): [name: string | undefined, value: string | undefined] {
  const name = names.find((each) => environment[each]);
  return [name, name === undefined ? undefined : environment[name]];
}
