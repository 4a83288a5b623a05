import type { AppInstance } from './context.ts';

/** A lane is replaced, and a model or another replica found, in about this time. */
const usualSeconds = '1';

/** Every 503 says when to come back: those whose error knows no better, and those without an error, as a failing /readyz. */
export function promiseRetry(app: Pick<AppInstance, 'addHook'>): void {
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 503 && !reply.hasHeader('retry-after'))
      reply.header('retry-after', usualSeconds);
  });
}
