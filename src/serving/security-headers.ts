import type { FastifyInstance } from 'fastify';

/** Answers are pictures and JSON: as a page they may load nothing and be framed by nobody. */
const nothingAllowed = "default-src 'none'; frame-ancestors 'none'";

/** /docs loads its own files and calls this service; its style sheet is in the page. */
export const documentationPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/**
 * Headers that keep browsers from making more of an answer than it is. Transport security (HSTS) is for what ends TLS
 * in front of the service. A route may set a policy of its own.
 */
export function secureHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('x-frame-options', 'DENY')
      .header('referrer-policy', 'no-referrer');
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', nothingAllowed);
  });
}
