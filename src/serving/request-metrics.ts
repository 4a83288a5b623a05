import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Catalog } from './catalog.ts';
import { onResponseClosed } from './departure.ts';
import type { Metrics, Outcome } from './metrics.ts';
import { StageClock, type Timings } from './stage-clock.ts';
import { readTraceparent } from './trace-context.ts';
import type { RequestTrace, Tracing } from './tracing.ts';

/**
 * Counts, logs and traces each request once, when its connection is done with it: also one whose client has left, which the
 * framework's own hook never hears of.
 */
export function countRequests(
  app: FastifyInstance,
  metrics: Metrics,
  catalog: Pick<Catalog, 'has'>,
  tracing: Tracing | undefined,
): void {
  app.decorateRequest('problemCode', '');
  app.decorateRequest('arrivedAt', 0);
  app.decorateRequest('apiKey', undefined);
  app.decorateRequest('clock');
  app.addHook('onRequest', async (request, reply) => {
    request.arrivedAt = performance.now();
    const trace = beginTrace(request, reply, tracing);
    request.clock = new StageClock((interval) => trace?.stage(interval));
    onResponseClosed(reply.raw, (answered) => {
      const route = request.routeOptions.url ?? 'none';
      const labels = {
        route,
        model: knownModel(request, catalog),
        outcome: answered ? outcomeOf(reply.statusCode) : ('client_left' as const),
      };
      const reason = labels.outcome === 'client_left' ? 'CLIENT_LEFT' : request.problemCode;
      const milliseconds = performance.now() - request.arrivedAt;
      metrics.requests.inc({ ...labels, reason });
      metrics.requestSeconds.observe(labels, milliseconds / 1000);
      const details = {
        ...labels,
        reason,
        status: reply.statusCode,
        milliseconds: Math.round(milliseconds),
        ...(request.apiKey && { key: request.apiKey.name }),
      };
      trace?.end({ ...labels, reason, status: answered ? reply.statusCode : undefined });
      request.log[request.method === 'POST' ? 'info' : 'debug'](details, 'request');
    });
  });
}

/** What probes and scrapers ask all day is nobody's trace. */
const untraced = /^\/(?:livez|readyz|metrics|v2\/health\/(?:live|ready))$/;

/** From here on, the lines that the request logs carry the ids of its span. */
function beginTrace(
  request: FastifyRequest,
  reply: FastifyReply,
  tracing: Tracing | undefined,
): RequestTrace | undefined {
  const { id, method, headers, arrivedAt } = request;
  const { url: route } = request.routeOptions;
  if (tracing === undefined || untraced.test(route ?? '')) return undefined;
  const path = request.url.replace(/\?.*$/s, '');
  const trace = tracing.begin({ id, method, route, path, scheme: request.protocol, headers, arrivedAt });
  const { trace_id, span_id } = trace.ids;
  // With a caller's trace its id is on every line already.
  const isOwn = readTraceparent(headers.traceparent) === undefined;
  request.log = reply.log = request.log.child(isOwn ? { trace_id, span_id } : { span_id });
  return trace;
}

function outcomeOf(statusCode: number): Outcome {
  if (statusCode < 400) return 'ok';
  if (statusCode === 429 || statusCode === 503 || statusCode === 504) return 'refused';
  return statusCode < 500 ? 'invalid' : 'failed';
}

/** Only names that the catalog knows become labels: anything else would let clients grow the metrics without bound. */
function knownModel(request: FastifyRequest, catalog: Pick<Catalog, 'has'>): string {
  const { model } = (request.params ?? {}) as { model?: unknown };
  return typeof model === 'string' && catalog.has(model) ? model : '';
}

/** Records where the time of an answered request went. */
export function observeStages(metrics: Metrics, model: { readonly name: string }, timings: Timings): void {
  for (const [stage, milliseconds] of Object.entries(timings))
    metrics.stageSeconds.observe({ model: model.name, stage }, milliseconds / 1000);
}

/** Records an answer of pictures. */
export function observeAnswer(
  metrics: Metrics,
  model: { readonly name: string },
  { pictures, timings }: { readonly pictures: number; readonly timings: Timings },
): void {
  metrics.outputs.observe({ model: model.name }, pictures);
  observeStages(metrics, model, timings);
}
