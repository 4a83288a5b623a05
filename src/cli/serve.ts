import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { type Logger, pino } from 'pino';
import { availableThreads, type LaneEvent, LanePool } from '../runtime/index.ts';
import {
  type AdminDependencies,
  type AppInstance,
  batchPolicy,
  buildAdminApp,
  buildApp,
  Catalog,
  deviceDifference,
  Lifecycle,
  laneLayout,
  type ModelChange,
  type ModelEntry,
  readAdminKey,
  readConfig,
  type ServingConfig,
  startTracing,
  type Tracing,
  type Tuning,
  tuningPath,
  usableTuning,
} from '../serving/index.ts';
import { secretPaths } from './log-secrets.ts';
import { logStream } from './log-stream.ts';
import { packageVersion } from './version.ts';

export interface ServeOptions {
  /** Variables of serving/config.ts; those given on the command line come over those of the shell. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The parts of a running service. */
interface Service {
  readonly config: ServingConfig;
  readonly app: AppInstance;
  readonly pool: LanePool;
  readonly lifecycle: Lifecycle;
  readonly tracing: Tracing | undefined;
}

/**
 * `unpaired serve`: starts the lanes, listens, opens the models, and serves until a signal ends the process with exit
 * code 0. Resolves when the models are loaded.
 * @throws ConfigError, PROVIDER_UNAVAILABLE, ModelsFolderError or the listening error, when the service cannot start
 */
export async function serve({ environment = process.env }: ServeOptions = {}): Promise<void> {
  const config = readConfig(environment);
  const log = pino({ level: config.LOG_LEVEL, redact: secretPaths() }, logStream());
  const adminKey = config.ADMIN_PORT === 'off' ? undefined : readAdminKey(config);
  const tracing = await startTracing(environment, { version: packageVersion(), log });
  const { pool, tuning } = await startTunedLanes(config, log);
  const lifecycle = new Lifecycle();
  const catalog = new Catalog({
    root: config.MODELS_DIR,
    lanes: pool,
    versions: config.MODEL_VERSIONS,
    batching: batchPolicy(config, { provider: pool.lanes[0]?.provider ?? 'cpu', tuning }, (reason) =>
      log.warn(reason),
    ),
    stepsPerRun: config.STEPS_PER_RUN,
    onChange: (entry, change) => logModel(log, entry, change),
  });
  const app = await buildApp({
    config,
    catalog,
    lanes: pool,
    lifecycle,
    version: packageVersion(),
    logger: log,
    tracing,
  });
  try {
    if (adminKey) await listenToOperators(app, { config, catalog, lifecycle, key: adminKey, logger: log });
    const url = await app.listen({
      host: config.HOST,
      port: config.PORT,
      listenTextResolver: (at) => `listening on ${at}`,
    });
    log.info(`documentation at ${url}/docs`);
    if (config.API_KEYS_FILE === 'none' && !isLoopback(config.HOST))
      log.warn(
        `everyone who reaches ${config.HOST} may use the service; API_KEYS_FILE would ask them for a key`,
      );
    endWithGrace({ config, app, pool, lifecycle, tracing });
    await catalog.load();
  } catch (error) {
    await app.close();
    await pool.close();
    throw error;
  }
  const ready = catalog.entries.filter(({ state }) => state === 'ready').length;
  log.info(
    ready > 0
      ? `ready: ${ready} of the models can be served`
      : `there is no model to serve in ${config.MODELS_DIR}`,
  );
}

/** Opens the second port, which is closed with the service. */
async function listenToOperators(app: AppInstance, dependencies: AdminDependencies): Promise<void> {
  const { ADMIN_HOST: host, ADMIN_PORT: port } = dependencies.config;
  const admin = buildAdminApp(dependencies);
  app.addHook('onClose', () => admin.close());
  await admin.listen({
    host,
    port: Number(port),
    listenTextResolver: (at) => `listening to operators on ${at}`,
  });
}

/** Lanes as they were measured to be fastest, if that was on this device, else as the configuration has them. */
async function startTunedLanes(
  config: ServingConfig,
  log: Logger,
): Promise<{ pool: LanePool; tuning: Tuning | undefined }> {
  const asked = config.PROVIDER === 'auto' ? undefined : config.PROVIDER;
  const tuning = await usableTuning(config, asked, (reason) => log.warn(reason));
  if (tuning === undefined) return { pool: await startLanes(config, log), tuning };
  const pool = await startLanes(config, log, tuning);
  // What runs is known when a lane is up.
  const provider = pool.lanes[0]?.provider;
  const difference = provider && deviceDifference(tuning.device, { provider });
  if (difference === undefined) return { pool, tuning };
  log.warn(`${tuningPath(config)} is not used: ${difference}`);
  await pool.close();
  return { pool: await startLanes(config, log), tuning: undefined };
}

function startLanes(config: ServingConfig, log: Logger, tuning?: Tuning): Promise<LanePool> {
  const layout = laneLayout(config, availableThreads(), tuning);
  log.info({ ...layout, provider: config.PROVIDER, tuned: tuning !== undefined }, 'starting lanes');
  return LanePool.start({
    ...layout,
    provider: config.PROVIDER,
    deviceId: config.DEVICE_ID,
    prefetch: config.LANE_PREFETCH,
    runTimeoutMilliseconds: config.RUN_TIMEOUT_MS,
    ...(config.LANE_MEMORY_MB > 0 && { memoryCeilingBytes: config.LANE_MEMORY_MB * 2 ** 20 }),
    cacheCeilingBytes: config.LANE_CACHE_MB * 2 ** 20,
    onEvent: (event) => logLaneEvent(log, event),
  });
}

/**
 * The order of a graceful end: readiness fails, so that load balancers look elsewhere; requests are served a while
 * longer; then new ones are refused; those in flight finish; the lanes end; exit code 0. A second signal ends at once.
 */
function endWithGrace({ config, app, pool, lifecycle, tracing }: Service): void {
  const logger = { error: (message: unknown) => app.log.error(String(message)) };
  closeWithGrace({ delay: config.DRAIN_MS + config.STOP_TIMEOUT_MS, logger }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, 'stopping after an error that nobody caught');
    else app.log.info({ signal }, 'stopping');
    lifecycle.advance('draining');
    // Nobody has to notice a Ctrl-C at a terminal: there is no load balancer to wait for.
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) await sleep(config.DRAIN_MS);
    lifecycle.advance('stopping');
    await app.close();
    await Promise.all([pool.close(), tracing?.close()]);
    app.log.info('stopped');
  });
}

/** Whether an address to listen on is reached from this machine alone. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function logModel(
  log: Logger,
  { name, version, reason, loadSeconds, drainSeconds, ready }: ModelEntry,
  change: ModelChange['change'],
): void {
  const seconds = change === 'unloaded' ? drainSeconds : loadSeconds;
  const batch = change === 'loaded' && ready?.batch ? { batch: ready.batch } : {};
  const details = { model: name, version, seconds: Number(seconds?.toFixed(2)), ...batch };
  if (change === 'failed') log.error({ ...details, reason }, 'model failed');
  else log.info(details, change === 'loaded' ? 'model ready' : 'model unloaded');
}

function logLaneEvent(log: Logger, event: LaneEvent): void {
  const { type, pid, ...rest } = { pid: undefined, ...event };
  const details = pid === undefined ? rest : { ...rest, lanePid: pid };
  const message = `lane ${type}`;
  if (type === 'died' || type === 'load-failed' || type === 'recycling-failed') log.error(details, message);
  else if (type === 'recycled') log.warn(details, message);
  else if ('note' in event && event.note !== undefined) log.warn(details, message);
  else log.debug(details, message);
}

/** Version of package.json, which lies two folders up from here in sources and in the build. */
