import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InternalError } from '../../src/core/errors.ts';
import { type Manifest, parseManifest, picturingNetwork } from '../../src/core/manifest.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { decodeForModel } from '../../src/image/index.ts';
import type { SessionOptions } from '../../src/runtime/index.ts';
import { monitorDelay } from '../../src/serving/event-loop-delay.ts';
import { createTranslator } from '../../src/serving/translators/index.ts';
import type { BenchmarkOptions } from '../options.ts';
import { judgeAnswers, type Verdict } from './answers.ts';
import { BareSessions } from './bare-sessions.ts';
import type { ClientRequest } from './http-client.ts';
import { type Answer, sendLoad } from './load.ts';
import { clientPictures } from './pictures.ts';
import type { ServiceProcess, ServiceStrain } from './service-process.ts';

/** One part of the load. */
export interface Round {
  /** Requests that were answered with a picture. */
  readonly pictures: number;
  readonly seconds: number;
  readonly strain: ServiceStrain;
  /** Longest delay in the process of the clients, which hardly computes: what the machine itself adds to delays. */
  readonly clientMaxDelayMilliseconds: number;
  /** Processor time in seconds that the service (without its lanes) and the clients took. */
  readonly serviceCpuSeconds: number;
  readonly clientCpuSeconds: number;
}

export interface ModelMeasurement {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly lanes: number;
  readonly clients: number;
  readonly requests: number;
  readonly verdict: Verdict;
  readonly rounds: readonly Round[];
  /** Pictures a second of the bare sessions, before each round and after the last. */
  readonly bareRates: readonly number[];
  readonly answers: readonly Answer[];
}

export interface LoadSurroundings {
  readonly service: ServiceProcess;
  readonly options: BenchmarkOptions;
  readonly layout: { readonly lanes: number; readonly threadsPerLane: number };
  /** How a lane opens the model. */
  readonly session: SessionOptions;
  readonly note: (line: string) => void;
}

/** Bounds of the number of requests when only the time is given. */
const [fewestOfAClient, mostRequests] = [3, 200];
/** After a run, a session's threads look for more work for a while, which would slow down the next measurement. */
const settlingMilliseconds = 200;

/**
 * Loads one model of a running service in rounds, with bare sessions of the same model measured in between.
 * @param folder of the package
 */
export async function measureModel(
  folder: string,
  surroundings: LoadSurroundings,
): Promise<ModelMeasurement> {
  const { service, options, layout, session, note } = surroundings;
  const manifest = await manifestOf(folder);
  const pictures = await clientPictures(options.clients);
  const clients = pictures.map(({ request }) => request);
  const { network, feeds } = await networkInput(manifest, (pictures[0] as { jpeg: Uint8Array }).jpeg);
  const file = path.join(folder, (manifest.networks[network] as Manifest['networks'][string]).file);
  // Lossless, so that equal answers are equal pixels of the network.
  const url = new URL(`/translate/${manifest.name}?format=png`, service.url).href;

  note('each request alone');
  const alone = await answersAlone(url, clients);
  const requests =
    options.requests ?? requestsWithin(options.seconds, alone.seconds / clients.length, clients.length);
  note(`${requests} requests of ${clients.length} clients in ${options.rounds} rounds`);
  const bare = await BareSessions.open(file, layout.lanes, session);
  try {
    const measure = { url, clients, service, bare, feeds, lanes: layout.lanes };
    const measured = await alternate(measure, shareOut(requests, options.rounds));
    const verdict = await judgeAnswers(measured.answers, alone.pictures);
    const { name, version, description = '' } = manifest;
    const counts = { lanes: layout.lanes, clients: clients.length, requests };
    return { name, version, description, ...counts, verdict, ...measured };
  } finally {
    await bare.close();
  }
}

export async function manifestOf(folder: string): Promise<Manifest> {
  return parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), folder);
}

/** Whether a picture is one run of one network, so that bare runs of that can be compared with. */
export function isOneRun({ translator }: Manifest): boolean {
  return translator.kind === 'feed-forward';
}

/** What the lanes are given for a picture, by a model of which {@link isOneRun}. */
export async function networkInput(
  manifest: Manifest,
  jpeg: Uint8Array,
): Promise<{ network: string; feeds: Readonly<Record<string, Tensor>> }> {
  const { pixels } = await decodeForModel(jpeg, { policy: manifest.image });
  return { network: picturingNetwork(manifest), feeds: await createTranslator(manifest).prepare(pixels, []) };
}

/**
 * What each request gets when there is no other.
 * @throws InternalError when a request fails, or two clients get the same picture: mixed up answers would not be seen
 */
async function answersAlone(
  url: string,
  clients: readonly ClientRequest[],
): Promise<{ pictures: Buffer[]; seconds: number }> {
  const pictures: Buffer[] = [];
  let total = 0;
  for (const request of clients) {
    const { answers, seconds } = await sendLoad(url, [request], 1);
    const { status, body } = answers[0] as Answer;
    if (status !== 200) throw new InternalError(`a request alone got ${status}: ${body}`);
    if (pictures.some((picture) => picture.equals(body)))
      throw new InternalError('two different pictures got the same answer');
    pictures.push(body);
    total += seconds;
  }
  return { pictures, seconds: total };
}

function requestsWithin(seconds: number, secondsAlone: number, clients: number): number {
  const fitting = Math.floor(seconds / secondsAlone);
  return Math.max(fewestOfAClient * clients, Math.min(mostRequests, fitting));
}

/** Requests of each round. */
export function shareOut(requests: number, rounds: number): number[] {
  const shares = Array.from(
    { length: rounds },
    (_, round) => Math.floor(((round + 1) * requests) / rounds) - Math.floor((round * requests) / rounds),
  );
  return shares.filter((share) => share > 0);
}

interface Alternation {
  readonly url: string;
  readonly clients: readonly ClientRequest[];
  readonly service: ServiceProcess;
  readonly bare: BareSessions;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly lanes: number;
}

/** Bare, round, bare, round, ..., bare: whatever else the machine does hits both kinds. */
async function alternate(
  { url, clients, service, bare, feeds, lanes }: Alternation,
  shares: readonly number[],
): Promise<{ rounds: Round[]; bareRates: number[]; answers: Answer[] }> {
  const bareRate = async (requests: number) => {
    await sleep(settlingMilliseconds);
    return bare.measure(feeds, Math.max(lanes, Math.ceil(requests / 2)));
  };
  // The first run of a session also allocates.
  await bare.measure(feeds, lanes);
  const [rounds, answers]: [Round[], Answer[]] = [[], []];
  const bareRates = [await bareRate(shares[0] as number)];
  for (const requests of shares) {
    await sleep(settlingMilliseconds);
    const { round, load } = await loadedRound(url, clients, service, requests);
    rounds.push(round);
    answers.push(...load);
    bareRates.push(await bareRate(requests));
  }
  return { rounds, bareRates, answers };
}

async function loadedRound(
  url: string,
  clients: readonly ClientRequest[],
  service: ServiceProcess,
  requests: number,
): Promise<{ round: Round; load: readonly Answer[] }> {
  const before = await service.strain();
  const ownCpu = process.cpuUsage();
  const ownDelay = monitorDelay();
  const { answers, seconds } = await sendLoad(url, clients, requests);
  const { max: ownDelaySeconds } = ownDelay();
  const { user, system } = process.cpuUsage(ownCpu);
  const strain = await service.strain();
  const round = {
    pictures: answers.filter(({ status }) => status === 200).length,
    seconds,
    strain,
    clientMaxDelayMilliseconds: 1000 * ownDelaySeconds,
    serviceCpuSeconds: strain.cpuSeconds - before.cpuSeconds,
    clientCpuSeconds: (user + system) / 1e6,
  };
  return { round, load: answers };
}
