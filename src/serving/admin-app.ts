import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { AdminKey } from './admin-key.ts';
import type { Catalog } from './catalog.ts';
import type { ServingConfig } from './config.ts';
import type { AppInstance } from './context.ts';
import type { Lifecycle } from './lifecycle.ts';
import { sendProblem, sendRouteNotFound } from './problems.ts';
import { requestId } from './request-id.ts';
import { adminRoutes } from './routes/admin.ts';
import { secureHeaders } from './security-headers.ts';

export interface AdminDependencies {
  readonly config: ServingConfig;
  readonly catalog: Catalog;
  readonly lifecycle: Lifecycle;
  readonly key: AdminKey;
  /** Default: no log. */
  readonly logger?: FastifyBaseLogger;
}

/**
 * The service's second app, for operators: a port of its own, so that a network policy can keep the public from it, and
 * a key on every request.
 */
export function buildAdminApp({ config, catalog, lifecycle, key, logger }: AdminDependencies): AppInstance {
  const app = fastify({
    ...(logger && { loggerInstance: logger }),
    bodyLimit: 16 * 1024,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    http: { headersTimeout: config.HEADERS_TIMEOUT_MS },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    genReqId: requestId,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('problemCode', '');
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(sendRouteNotFound);
  secureHeaders(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    reply.header('www-authenticate', 'Bearer');
    key.require(request.headers.authorization);
    reply.removeHeader('www-authenticate');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    const details = {
      method,
      path: url.split('?', 1)[0],
      status: reply.statusCode,
      reason: request.problemCode,
    };
    request.log[method === 'POST' ? 'info' : 'debug'](details, 'admin request');
  });
  adminRoutes(app, { catalog, lifecycle });
  return app;
}
