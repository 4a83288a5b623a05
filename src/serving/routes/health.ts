import { type AppContext, type AppInstance, runningProvider } from '../context.ts';
import { readinessStatus } from '../readiness.ts';
import { liveness, readiness } from '../schemas.ts';

/**
 * `GET /livez`: the process answers; restart it when it does not. `GET /readyz`: send requests here, or 503 with the
 * reason. A failed model is listed but does not make the service unready: the others are served.
 */
export function healthRoutes(app: AppInstance, context: AppContext): void {
  const live = { tags: ['health'], summary: 'Is the process alive?', response: { 200: liveness } };
  app.get('/livez', { schema: live }, async () => ({ status: 'alive' as const }));

  const ready = {
    tags: ['health'],
    summary:
      'Can it serve? 200 when every model that can be loaded is warm; 503 before that and while stopping',
    response: { 200: readiness, 503: readiness },
  };
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const status = readinessStatus(context);
    const { catalog, config, lanes } = context;
    return reply.code(status === 'ready' ? 200 : 503).send({
      status,
      provider: {
        asked: config.PROVIDER,
        running: runningProvider(lanes) ?? null,
        device: config.DEVICE_ID,
      },
      lanes: countStates(lanes.lanes),
      models: catalog.entries.map(({ name, version, state, reason, ready }) => ({
        name,
        version,
        state,
        ...(reason === undefined ? {} : { reason }),
        ...(ready?.batch && { batch: ready.batch }),
      })),
    });
  });
}

function countStates(lanes: readonly { readonly state: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of lanes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
