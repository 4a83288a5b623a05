import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import { ReportingExporter } from './reporting-exporter.ts';
import type { Stage, StageInterval } from './stage-clock.ts';
import type { Protocol, RequestBegin, RequestEnd, RequestTrace, Tracing, TracingOptions } from './tracing.ts';

/** What the end of the service may wait for a collector. */
const flushMilliseconds = 2000;

/** Most spans of one stage of a request: where it has hundreds of steps, the first tell how they go. */
const mostStageSpans = 32;

/** Nothing here is global but how OpenTelemetry complains: spans are handed from hand to hand. */
export async function startOtlpTracing(protocol: Protocol, options: TracingOptions): Promise<Tracing> {
  // Faults of its variables are told now; later only whether spans arrive is, by the exporter.
  const warn = (message: string) => options.log.warn(`OpenTelemetry: ${message}`);
  diag.setLogger(
    { error: warn, warn, info() {}, debug() {}, verbose() {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  setGlobalErrorHandler(() => {});
  try {
    const exporter = new ReportingExporter(await createExporter(protocol), options.log);
    return new OtlpTracing(exporter, describeService(options.version));
  } finally {
    diag.disable();
  }
}

async function createExporter(protocol: Protocol): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

/** What the variables say of the service comes over what it says of itself. */
function describeService(version: string): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'unpaired', [ATTR_SERVICE_VERSION]: version }))
    .merge(detectResources({ detectors: [envDetector] }));
}

class OtlpTracing implements Tracing {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();

  constructor(exporter: SpanExporter, resource: Resource) {
    // Its queue is bounded, and what finds no room there is dropped: a collector never holds up a request.
    const spanProcessors = [new BatchSpanProcessor(exporter)];
    this.#provider = new BasicTracerProvider({ resource, spanProcessors });
    this.#tracer = this.#provider.getTracer('unpaired');
  }

  begin({ id, method, route, path, scheme, headers, arrivedAt }: RequestBegin): RequestTrace {
    const parent = this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    // Set anew for each request, since the two clocks drift apart in a process that lives for weeks.
    const epoch = Date.now() - performance.now();
    const attributes = {
      [ATTR_HTTP_REQUEST_METHOD]: method,
      [ATTR_URL_PATH]: path,
      [ATTR_URL_SCHEME]: scheme,
      ...(route === undefined ? {} : { [ATTR_HTTP_ROUTE]: route }),
      'unpaired.request_id': id,
    };
    const span = this.#tracer.startSpan(
      route === undefined ? method : `${method} ${route}`,
      { kind: SpanKind.SERVER, startTime: epoch + arrivedAt, attributes },
      parent,
    );
    return new SpanOfRequest(this.#tracer, span, { context: trace.setSpan(parent, span), epoch });
  }

  async close(): Promise<void> {
    const waiting = new AbortController();
    const bound = sleep(flushMilliseconds, undefined, { signal: waiting.signal }).catch(() => {});
    // A failure is told by the exporter.
    await Promise.race([this.#provider.shutdown().catch(() => {}), bound]);
    waiting.abort();
  }
}

class SpanOfRequest implements RequestTrace {
  readonly ids: RequestTrace['ids'];
  readonly #tracer: Tracer;
  readonly #span: Span;
  /** Of the spans below. */
  readonly #context: Context;
  /** Milliseconds since 1970 when performance.now() was 0. */
  readonly #epoch: number;
  readonly #stages = new Map<Stage, number>();

  constructor(tracer: Tracer, span: Span, { context, epoch }: { context: Context; epoch: number }) {
    const { traceId, spanId } = span.spanContext();
    this.ids = { trace_id: traceId, span_id: spanId };
    this.#tracer = tracer;
    this.#span = span;
    this.#context = context;
    this.#epoch = epoch;
  }

  stage({ stage, start, end }: StageInterval): void {
    const spans = (this.#stages.get(stage) ?? 0) + 1;
    this.#stages.set(stage, spans);
    if (spans > mostStageSpans) return;
    this.#tracer.startSpan(stage, { startTime: this.#epoch + start }, this.#context).end(this.#epoch + end);
  }

  end({ model, outcome, reason, status }: RequestEnd): void {
    const span = this.#span;
    span.setAttribute('unpaired.outcome', outcome);
    if (model !== '') span.setAttribute('unpaired.model', model);
    if (reason !== '') span.setAttribute('unpaired.reason', reason);
    if (status !== undefined) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
    // What the client did wrong is no error of the server (semantic conventions of HTTP spans, "Status").
    if (status !== undefined && status >= 500) {
      span.setAttribute(ATTR_ERROR_TYPE, reason || String(status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(this.#epoch + performance.now());
  }
}
