import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ClientLeftError } from './errors.ts';

/**
 * Calls back once, when the connection is done with a response: answered, or left by the client before the answer
 * was complete.
 *
 * fastify's own request.signal is not used: it fires on healthy requests as soon as their body has been read, and
 * its onResponse hook is silent about clients that leave. That a response closes without having been finished is the
 * sign that holds; for one that waits behind another on its connection, which never opened, that the connection does.
 */
export function onResponseClosed(response: ServerResponse, closed: (answered: boolean) => void): void {
  const others = listenersByResponse.get(response);
  if (others !== undefined) {
    others.push(closed);
    return;
  }
  const listeners = [closed];
  listenersByResponse.set(response, listeners);
  const waiting = waitingFor(response.req.socket);
  let finished = false;
  const done = () => {
    if (!waiting.delete(done)) return;
    listenersByResponse.delete(response);
    for (const each of listeners) each(finished);
  };
  waiting.add(done);
  response.once('finish', () => {
    finished = true;
  });
  response.once('close', done);
}

/** Who waits for the end of each response: one listener of its events, however many want to know. */
const listenersByResponse = new WeakMap<ServerResponse, ((answered: boolean) => void)[]>();

/** Who waits for the end of each connection: one listener a connection, however many requests it carries. */
const waitingBySocket = new WeakMap<Socket, Set<() => void>>();

function waitingFor(socket: Socket): Set<() => void> {
  const known = waitingBySocket.get(socket);
  if (known !== undefined) return known;
  const waiting = new Set<() => void>();
  waitingBySocket.set(socket, waiting);
  socket.once('close', () => {
    for (const done of waiting) done();
  });
  return waiting;
}

/** A signal that fires when the client leaves before its answer is complete. */
export function departureSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  onResponseClosed(response, (answered) => {
    if (!answered) controller.abort();
  });
  // It may have left while its picture was being received.
  if (response.destroyed || response.req.socket.destroyed) controller.abort();
  return controller.signal;
}

/** Between two stages of a request. @throws ClientLeftError when nobody waits for it any more */
export function requirePresence(signal: AbortSignal): void {
  if (signal.aborted) throw new ClientLeftError();
}
