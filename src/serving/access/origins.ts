import cors from '@fastify/cors';
import type { AppInstance } from '../context.ts';
import { splitOrigins } from './origin-list.ts';

/** What a page of another origin may read of an answer beside its body. */
const exposedHeaders = [
  'location',
  'preference-applied',
  'retry-after',
  'ratelimit-limit',
  'ratelimit-policy',
  'ratelimit-remaining',
  'ratelimit-reset',
  'server-timing',
  'unpaired-attribute',
  'unpaired-model',
  'unpaired-model-version',
  'unpaired-provider',
  'unpaired-seed',
  'x-request-id',
];

/**
 * Lets pages of these origins use the service from a browser. Without this no page of another origin may. Cookies are
 * never part of it: keys are sent by name.
 */
export async function allowOrigins(app: AppInstance, origins: string): Promise<void> {
  await app.register(cors, {
    origin: origins === '*' ? origins : splitOrigins(origins),
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders,
    maxAge: 600,
    // What is no preflight goes on to the routes, which answer it as any other request.
    strictPreflight: false,
  });
}
