import type { FastifyRequest } from 'fastify';
import { UnpairedError } from '../../core/errors.ts';
import type { AppInstance } from '../context.ts';
import type { KeyFile } from './key-file.ts';

/** Keys are in use, and the request has none that is known. */
export class ApiKeyRequiredError extends UnpairedError {
  constructor(given: boolean) {
    const how = 'Authorization: Bearer KEY, or X-Api-Key: KEY';
    super(given ? `the key is not known; send ${how}` : `send a key: ${how}`, {
      code: 'API_KEY_REQUIRED',
      status: 401,
    });
  }
}

/** Open to everyone: what says where to go and what went wrong, and what the platform asks without a key. */
const openRoutes =
  /^\/(?:|livez|readyz|v2\/health\/(?:live|ready)|problems|problems\/:problem|docs|docs\/.*)$/;

/** Whether a request is free of keys and rate limits. A route that does not exist costs nothing to refuse. */
export function isOpen(request: FastifyRequest, metricsOpen: boolean): boolean {
  const { url } = request.routeOptions;
  return url === undefined || openRoutes.test(url) || (metricsOpen && url === '/metrics');
}

/** Lets a request for anything that is not open in only with a known key; remembers which. */
export function requireApiKeys(app: AppInstance, keys: KeyFile, metricsOpen: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isOpen(request, metricsOpen)) return;
    const presented = presentedKey(request);
    const key = presented === undefined ? undefined : keys.find(presented);
    if (key === undefined) {
      const error = presented === undefined ? '' : ', error="invalid_token"';
      reply.header('www-authenticate', `Bearer realm="unpaired"${error}`);
      throw new ApiKeyRequiredError(presented !== undefined);
    }
    request.apiKey = key;
  });
}

function presentedKey({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const other = headers['x-api-key'];
  return bearer ?? (typeof other === 'string' ? other : undefined);
}
