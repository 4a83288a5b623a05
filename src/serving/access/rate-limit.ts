import type { ServingConfig } from '../config.ts';
import type { AppInstance } from '../context.ts';
import { RetryLaterError } from '../errors.ts';
import { isOpen } from './authentication.ts';
import { clientOf } from './client-address.ts';
import { TokenBuckets } from './token-buckets.ts';

/** The client asks more often than it may. */
export class RateLimitedError extends RetryLaterError {
  constructor(perMinute: number, retryAfterSeconds: number) {
    super(`more than ${perMinute} requests a minute`, 'RATE_LIMITED', 429, retryAfterSeconds);
  }
}

/** Some 100 bytes each. */
const rememberedClients = 10_000;

/**
 * Limits how often each client may ask: by its key, or by its address where keys are not in use. Answers tell what is
 * left in the RateLimit fields.
 */
export function limitRates(app: AppInstance, config: ServingConfig): void {
  const buckets = new TokenBuckets({ capacity: rememberedClients });
  const burst = config.RATE_LIMIT_BURST;
  app.addHook('onRequest', async (request, reply) => {
    if (isOpen(request, config.METRICS_OPEN)) return;
    const { apiKey } = request;
    const perMinute = apiKey?.ratePerMinute ?? config.RATE_LIMIT_PER_MINUTE;
    if (perMinute === 0) return;
    const client = apiKey === undefined ? `address ${clientOf(request.ip)}` : `key ${apiKey.name}`;
    const { allowed, remaining, nextSeconds, fullSeconds } = buckets.take(client, { perMinute, burst });
    reply.headers({
      'ratelimit-policy': `${perMinute};w=60;burst=${burst}`,
      'ratelimit-limit': burst,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': fullSeconds,
    });
    if (!allowed) throw new RateLimitedError(perMinute, Math.max(1, nextSeconds));
  });
}
