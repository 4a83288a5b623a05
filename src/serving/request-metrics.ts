import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Catalog } from './catalog.ts';
import { onResponseClosed } from './departure.ts';
import type { Metrics, Outcome } from './metrics.ts';

/**
 * Counts and logs each request once, when its connection is done with it: also one whose client has left, which the
 * framework's own hook never hears of.
 */
export function countRequests(app: FastifyInstance, metrics: Metrics, catalog: Pick<Catalog, 'has'>): void {
  app.decorateRequest('problemCode', '');
  app.decorateRequest('arrivedAt', 0);
  app.decorateRequest('apiKey', undefined);
  app.addHook('onRequest', async (request, reply) => {
    request.arrivedAt = performance.now();
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
      request.log[request.method === 'POST' ? 'info' : 'debug'](details, 'request');
    });
  });
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
