import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '../../bench/serving/http-client.ts';
import { isOneRun, manifestOf } from '../../bench/serving/model-load.ts';
import { providerOf, servedLayout } from '../../bench/serving/served-layout.ts';
import { ServiceProcess } from '../../bench/serving/service-process.ts';
import { InvalidArgumentError, UnpairedError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { type BareRate, BareRuns } from './bare-rate.ts';
import { closedLoop, openLoop } from './loops.ts';
import type { Weights } from './mix.ts';
import type { LoadOptions, Objective, Plan } from './options.ts';
import { objectiveHolds, type RampResult, ramp } from './ramp.ts';
import type { LoadFigures } from './recorder.ts';
import { type Outcome, Sender } from './sender.ts';
import { permittedTarget } from './target.ts';
import { type Shot, servedModels, Traffic } from './traffic.ts';

/** What a load test found. */
export interface LoadReport {
  readonly kind: 'load';
  /** The host, or `own service`. */
  readonly target: string;
  readonly plan: Plan;
  readonly arrivals: string;
  readonly models: Weights;
  readonly objective: Objective;
  readonly holds: boolean;
  /** Of a ramp those at the highest rate that held, or at the lowest when none did. */
  readonly figures: LoadFigures;
  readonly ramp: RampResult | undefined;
  readonly bare: BareRate | undefined;
}

/** The service cannot be loaded, as not even one request is answered. */
class TargetFailedError extends UnpairedError {
  constructor(message: string) {
    super(message, { code: 'TARGET_FAILED', status: 502 });
  }
}

type Note = (line: string) => void;
type Measured = Pick<LoadReport, 'figures' | 'ramp'>;

/** After a load, threads look for more work for a while, and a queue may be left. */
const settlingMilliseconds = 500;

/**
 * Loads the service at `url`, or one of its own that it ends again.
 * @throws InvalidArgumentError, TargetFailedError
 */
export async function runLoadTest(options: LoadOptions, note: Note): Promise<LoadReport> {
  const { url, serve, permittedHost } = options;
  if (url !== undefined) {
    const target = permittedTarget(url, permittedHost);
    return loadTarget(target, target.host, options, note);
  }
  note(`starting a service with the models of ${serve}`);
  const service = await ServiceProcess.start(serve);
  try {
    return await loadTarget(new URL(service.url), undefined, options, note);
  } finally {
    await service.stop();
  }
}

/** @param host undefined: the service is our own, and its models are in `options.serve` */
async function loadTarget(
  target: URL,
  host: string | undefined,
  options: LoadOptions,
  note: Note,
): Promise<LoadReport> {
  const served = await servedModels(target, options.headers);
  const traffic = await Traffic.prepare(target, [...served.keys()], options);
  const client = new HttpClient();
  const sender = new Sender(client, options);
  const send = ({ url, model, request }: Shot, intended: number, began: number) =>
    sender.send(url, model, request, intended, began);
  try {
    await eachModelAlone(traffic, send);
    const [only, ...others] = Object.keys(traffic.models) as [string, ...string[]];
    const folder = path.join(options.serve, only, served.get(only) as string);
    const bareRuns = async () =>
      BareRuns.open(folder, traffic.sample, await servedLayout(options.serve, await providerOf(target)));
    const carriedOut = () =>
      carryOut((intended, began) => send(traffic.draw(), intended, began), options, note);
    const comparable = host === undefined && others.length === 0 && isOneRun(await manifestOf(folder));
    const measured = comparable
      ? await betweenBareRuns(bareRuns, carriedOut, note)
      : { ...(await carriedOut()), bare: undefined };
    return {
      kind: 'load',
      target: host ?? 'own service',
      plan: options.plan,
      arrivals: options.arrivals,
      models: traffic.models,
      objective: options.objective,
      holds: objectiveHolds(measured.figures, options.objective),
      ...measured,
    };
  } finally {
    client.close();
  }
}

/** @throws TargetFailedError with what was said when a request alone is not answered with a picture */
async function eachModelAlone(
  traffic: Traffic,
  send: (shot: Shot, intended: number, began: number) => Promise<Outcome>,
): Promise<void> {
  for (const model of Object.keys(traffic.models)) {
    const now = performance.now();
    const { status, code } = await send(traffic.of(model), now, now);
    if (status !== 200)
      throw new TargetFailedError(`a request alone to ${model} got ${status} ${code}`.trimEnd());
  }
}

/** Bare, load, bare: whatever else the machine does hits both kinds. */
async function betweenBareRuns(
  open: () => Promise<BareRuns>,
  load: () => Promise<Measured>,
  note: Note,
): Promise<Measured & { bare: BareRate }> {
  const runs = await open();
  try {
    note('the bare session');
    await sleep(settlingMilliseconds);
    const before = await runs.measure();
    await sleep(settlingMilliseconds);
    const measured = await load();
    await sleep(settlingMilliseconds);
    const after = await runs.measure();
    return { ...measured, bare: { ...runs.layout, before, after } };
  } finally {
    await runs.close();
  }
}

async function carryOut(
  send: Parameters<typeof openLoop>[0],
  options: LoadOptions,
  note: Note,
): Promise<Measured> {
  const { plan, seconds, requests, objective } = options;
  const open = (rate: number, most: number) => {
    note(`${rate.toFixed(2)} requests a second for ${seconds} s`);
    const random = Random.of(options.seed, 'arrivals', rate);
    return openLoop(send, { ...options, rate, requests: most, random });
  };
  if (plan.kind === 'rate') return { figures: await open(plan.rate, requests), ramp: undefined };
  if (plan.kind === 'clients') {
    note(`${plan.clients} clients for ${seconds} s`);
    const figures = await closedLoop(send, { clients: plan.clients, seconds, requests });
    return { figures, ramp: undefined };
  }
  let left = requests;
  const found = await ramp(plan, objective, async (rate) => {
    // A rate that is cut short by the bound would look better than it is.
    if (left < rate * seconds) return undefined;
    const figures = await open(rate, left);
    left -= figures.offered;
    await sleep(settlingMilliseconds);
    return figures;
  });
  const { steps, highestRate } = found;
  const best = steps.find(({ rate }) => rate === highestRate) ?? steps[0];
  if (best !== undefined) return { figures: best.figures, ramp: found };
  throw new InvalidArgumentError('--requests is too few for the lowest rate of --ramp');
}
