import type { FastifyInstance } from 'fastify';
import { onResponseClosed } from './departure.ts';

/**
 * Closes the connection of a client that takes longer than this to receive an answer: until then the answer's bytes
 * are kept for it. A stream of events lasts as long as what it tells of, and is left alone.
 * @param milliseconds from the answer's first byte to its last
 */
export function limitAnswerTime(app: FastifyInstance, milliseconds: number): void {
  app.addHook('onSend', async (request, reply) => {
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return;
    const deadline = setTimeout(() => {
      request.log.info({ milliseconds }, 'a client was too slow to receive its answer');
      request.raw.socket.destroy();
    }, milliseconds);
    deadline.unref();
    onResponseClosed(reply.raw, () => clearTimeout(deadline));
  });
}
