import type { ServerResponse } from 'node:http';

/**
 * A signal that fires when the client leaves before its answer is complete.
 *
 * fastify's own request.signal is not used: it fires on healthy requests as soon as their body has been read. That
 * the response closes without having been finished is the sign that holds.
 */
export function departureSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
