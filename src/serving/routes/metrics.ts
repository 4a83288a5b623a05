import type { AppContext, AppInstance } from '../context.ts';

/** `GET /metrics`: for Prometheus. */
export function metricsRoute(app: AppInstance, { metrics }: AppContext): void {
  const schema = { tags: ['health'], summary: 'Metrics in the Prometheus text format' };
  app.get('/metrics', { schema }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
