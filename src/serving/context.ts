import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { DecodeLimits } from '../image/index.ts';
import type { ApiKey } from './access/api-keys.ts';
import type { Catalog } from './catalog.ts';
import type { ServingConfig } from './config.ts';
import type { StyleCodes } from './guidance/style-codes.ts';
import type { JobStore } from './jobs/job-store.ts';
import type { Lanes } from './lanes.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';
import type { Scheduler } from './scheduler.ts';
import type { StageClock } from './stage-clock.ts';
import type { UploadSlots } from './upload-slots.ts';

/** What the routes work with. */
export interface AppContext {
  readonly config: ServingConfig;
  readonly catalog: Catalog;
  readonly jobs: JobStore;
  readonly lanes: Lanes;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
  readonly styleCodes: StyleCodes;
  readonly uploads: UploadSlots;
  /** Version of the service, as package.json has it. */
  readonly version: string;
}

/** A fastify instance whose schemas are zod. */
export type AppInstance = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the problem that was answered; empty until then. */
    problemCode: string;
    /** When its headers were there, on the clock of performance.now(). */
    arrivedAt: number;
    /** Takes the times of its stages. */
    clock: StageClock;
    /** The key that let the request in; undefined where none is needed. */
    apiKey: ApiKey | undefined;
    /** Gives back the slot of the request's body, as soon as that is decoded. */
    releaseUpload: () => void;
    /** What came after the JSON of an inference request; null for every other. */
    tensorBytes: Uint8Array | null;
  }
  interface FastifyContextConfig {
    /** The body is a form with a picture, or the picture itself; see openapi.ts. */
    pictureBody?: boolean;
  }
}

/** The provider that really runs; undefined until a lane has started. */
export function runningProvider(lanes: Pick<Lanes, 'lanes'>): string | undefined {
  return lanes.lanes.find((lane) => lane.provider !== undefined)?.provider;
}

/** How large the pictures of a request may be. */
export function decodeLimits({ MAX_UPLOAD_BYTES, MAX_PIXELS }: ServingConfig): DecodeLimits {
  return { maximumBytes: MAX_UPLOAD_BYTES, maximumPixels: MAX_PIXELS };
}
