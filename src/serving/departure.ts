import type { ServerResponse } from 'node:http';

/**
 * Calls back once, when the connection is done with a response: answered, or left by the client before the answer
 * was complete.
 *
 * fastify's own request.signal is not used: it fires on healthy requests as soon as their body has been read, and
 * its onResponse hook is silent about clients that leave. That a response closes without having been finished is the
 * sign that holds.
 */
export function onResponseClosed(response: ServerResponse, closed: (answered: boolean) => void): void {
  let finished = false;
  response.once('finish', () => {
    finished = true;
  });
  response.once('close', () => closed(finished));
}

/** A signal that fires when the client leaves before its answer is complete. */
export function departureSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  onResponseClosed(response, (answered) => {
    if (!answered) controller.abort();
  });
  // It may have left while its picture was being received.
  if (response.destroyed) controller.abort();
  return controller.signal;
}
