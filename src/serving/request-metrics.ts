import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Catalog } from './catalog.ts';
import type { Metrics, Outcome } from './metrics.ts';

/**
 * Counts each request once, when its connection is done with it: also one whose client has left, which the
 * framework's own hook never hears of.
 */
export function countRequests(app: FastifyInstance, metrics: Metrics, catalog: Pick<Catalog, 'has'>): void {
  app.decorateRequest('problemCode', '');
  app.addHook('onRequest', async (request, reply) => {
    const start = performance.now();
    reply.raw.once('close', () => {
      const labels = {
        route: request.routeOptions.url ?? 'none',
        model: knownModel(request, catalog),
        outcome: outcomeOf(reply),
      };
      const reason = labels.outcome === 'client_left' ? 'CLIENT_LEFT' : request.problemCode;
      metrics.requests.inc({ ...labels, reason });
      metrics.requestSeconds.observe(labels, (performance.now() - start) / 1000);
    });
  });
}

function outcomeOf(reply: FastifyReply): Outcome {
  if (!reply.raw.writableFinished) return 'client_left';
  const { statusCode } = reply;
  if (statusCode < 400) return 'ok';
  if (statusCode === 429 || statusCode === 503) return 'refused';
  return statusCode < 500 ? 'invalid' : 'failed';
}

/** Only names that the catalog knows become labels: anything else would let clients grow the metrics without bound. */
function knownModel(request: FastifyRequest, catalog: Pick<Catalog, 'has'>): string {
  const { model } = (request.params ?? {}) as { model?: unknown };
  return typeof model === 'string' && catalog.has(model) ? model : '';
}
