import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { controlAccess } from './access/control.ts';
import { limitAnswerTime } from './answer-deadline.ts';
import type { Catalog } from './catalog.ts';
import { largestBatch, type ServingConfig } from './config.ts';
import { boundConnections } from './connections.ts';
import { type AppContext, type AppInstance, runningProvider } from './context.ts';
import { onResponseClosed } from './departure.ts';
import { StoppingError } from './errors.ts';
import { StyleCodes } from './guidance/style-codes.ts';
import { JobStore } from './jobs/job-store.ts';
import { Spool } from './jobs/spool.ts';
import type { Lanes } from './lanes.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createMetrics } from './metrics.ts';
import { openInferenceRoutes } from './open-inference/routes.ts';
import { describeApi } from './openapi.ts';
import { rawProblemResponse, sendProblem, sendRouteNotFound } from './problems.ts';
import { readinessStatus } from './readiness.ts';
import { requestId } from './request-id.ts';
import { countRequests } from './request-metrics.ts';
import { promiseRetry } from './retry-after.ts';
import { healthRoutes } from './routes/health.ts';
import { homeRoute } from './routes/home.ts';
import { jobRoutes } from './routes/jobs.ts';
import { metricsRoute } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { paintingRoutes } from './routes/painting.ts';
import { problemRoutes } from './routes/problems.ts';
import { translateRoute } from './routes/translate.ts';
import { Scheduler } from './scheduler.ts';
import { secureHeaders } from './security-headers.ts';
import { requestLogger } from './trace-context.ts';
import type { Tracing } from './tracing.ts';
import { acceptUploads } from './upload.ts';
import { boundUploads, UploadSlots } from './upload-slots.ts';

export interface AppDependencies {
  readonly config: ServingConfig;
  readonly catalog: Catalog;
  readonly lanes: Lanes;
  readonly lifecycle: Lifecycle;
  /** Version of the service. */
  readonly version: string;
  /** Default: no log. */
  readonly logger?: FastifyBaseLogger;
  /** Default: no spans. */
  readonly tracing?: Tracing | undefined;
  /** Also collect metrics of the process. Default true. */
  readonly processMetrics?: boolean;
}

/** The service as a function: no signals, no listening, no exit; those are the command's. */
export async function buildApp(dependencies: AppDependencies): Promise<AppInstance> {
  const { config } = dependencies;
  const spool = await Spool.open({ folder: config.JOBS_DIR, maximumBytes: config.JOBS_MAX_BYTES });
  const context = createContext(dependencies, spool);
  const { catalog, jobs, lifecycle, metrics, scheduler, version } = context;
  const app = fastify(serverOptions(config, dependencies.logger)).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(sendRouteNotFound);
  countRequests(app, metrics, catalog, dependencies.tracing);
  boundConnections(app.server, config.MAX_CONNECTIONS, () => metrics.connectionsRefused.inc());
  app.addHook('onRequest', async (request, reply) => {
    lifecycle.enter();
    onResponseClosed(reply.raw, () => lifecycle.leave());
    reply.header('x-request-id', request.id);
    const refused = lifecycle.phase === 'stopping' && request.method === 'POST';
    if (refused) throw new StoppingError(scheduler.retryAfterSeconds);
  });
  app.addHook('preClose', async () => {
    // Those who asked for a job's end hear of it before the process ends.
    const patience = setTimeout(() => jobs.stop(), config.STOP_TIMEOUT_MS * 0.9);
    await lifecycle.idle();
    clearTimeout(patience);
    // What is left is kept open by clients that might ask again; closing the server would wait for them.
    app.server.closeAllConnections();
  });
  app.addHook('onClose', () => jobs.close());
  app.addHook('onSend', async (_request, reply) => {
    // So that clients with kept connections look elsewhere, also those whose request was in flight before.
    if (lifecycle.phase !== 'serving') reply.header('connection', 'close');
  });
  promiseRetry(app);
  secureHeaders(app);
  limitAnswerTime(app, config.RESPONSE_TIMEOUT_MS);
  await controlAccess(app, config);
  boundUploads(app, context.uploads);
  await acceptUploads(app, config.MAX_UPLOAD_BYTES);
  await describeApi(app, version);
  const routes = [
    homeRoute,
    translateRoute,
    paintingRoutes,
    jobRoutes,
    modelRoutes,
    healthRoutes,
    metricsRoute,
    problemRoutes,
  ];
  for (const route of routes) route(app, context);
  await openInferenceRoutes(app, context);
  return app;
}

function createContext(dependencies: AppDependencies, spool: Spool): AppContext {
  const { config, catalog, lanes, lifecycle, version, processMetrics = true } = dependencies;
  const metrics = createMetrics({ version, processMetrics });
  const scheduler = new Scheduler(
    lanes,
    {
      queueLimit: config.QUEUE_LIMIT,
      // Each model brings its own limit with it.
      maxBatch: config.MAX_BATCH === 'auto' ? largestBatch : config.MAX_BATCH,
      maxStepBatch: config.MAX_STEP_BATCH,
      maxBatchDelay: config.MAX_BATCH_DELAY_MS,
      priorityStep: config.PRIORITY_STEP_MS,
      prefetch: config.LANE_PREFETCH,
    },
    {
      batchDone({ network, items, failed }) {
        metrics.batchItems.observe({ network }, items);
        metrics.runs.inc({ network, outcome: failed ? 'failed' : 'ok' });
      },
      dropped: (items, reason) => metrics.dropped.inc({ reason }, items),
    },
  );
  const styleCodes = new StyleCodes(config.STYLE_CODES, (lookup) => metrics.styleCodes.inc(lookup));
  const uploads = new UploadSlots(config.MAX_CONCURRENT_UPLOADS);
  const jobs = new JobStore({
    spool,
    limit: config.JOBS_MAX,
    limitPerOwner: config.JOBS_PER_KEY,
    ttl: config.JOB_RESULT_TTL_MS,
    retryAfterSeconds: () => scheduler.retryAfterSeconds,
    // The service is not idle while a job has not ended.
    observer: {
      accepted: () => lifecycle.enter(),
      ended({ origin: { model }, state, error }) {
        metrics.jobsEnded.inc({ model, state, reason: error?.code ?? '' });
        lifecycle.leave();
      },
    },
  });
  metrics.watch({
    scheduler,
    uploads,
    jobs,
    ready: () => readinessStatus({ lifecycle, catalog, lanes }) === 'ready',
    lanes,
    provider: () => ({
      asked: config.PROVIDER,
      running: runningProvider(lanes) ?? '',
      device: String(config.DEVICE_ID),
    }),
    models: () => catalog.entries,
    changes: () => catalog.changes,
  });
  return { config, catalog, jobs, lanes, lifecycle, metrics, scheduler, styleCodes, uploads, version };
}

function serverOptions(config: ServingConfig, logger: FastifyBaseLogger | undefined) {
  return {
    ...(logger && { loggerInstance: logger }),
    bodyLimit: config.MAX_UPLOAD_BYTES,
    trustProxy: config.TRUST_PROXY === 'none' ? false : config.TRUST_PROXY,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      // Node looks for late clients this often.
      connectionsCheckingInterval: Math.min(1000, config.HEADERS_TIMEOUT_MS, config.REQUEST_TIMEOUT_MS),
    },
    // Refusing while stopping is ours: with Retry-After, and as a problem document.
    return503OnClosing: false,
    // One line a request, written by request-metrics.ts.
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle' as const,
    routerOptions: { maxParamLength: 100 },
    genReqId: requestId,
    childLoggerFactory: requestLogger,
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      if (socket.writable) socket.end(rawProblemResponse(error, randomUUID()));
      else socket.destroy();
    },
  };
}
