import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InternalError } from '../../src/core/errors.ts';
import { parseManifest } from '../../src/core/manifest.ts';
import type { SessionOptions } from '../../src/runtime/index.ts';
import { samePicture } from '../serving/answers.ts';
import { BareSessions } from '../serving/bare-sessions.ts';
import type { ClientRequest } from '../serving/http-client.ts';
import { type Answer, sendLoad } from '../serving/load.ts';
import { clientPictures } from '../serving/pictures.ts';
import type { ServiceProcess } from '../serving/service-process.ts';
import { parseServerTiming } from '../serving/service-texts.ts';
import { exemplarFeeds, type FedNetwork } from './exemplar-feeds.ts';

/** Times in milliseconds. */
export interface BareTimes {
  /** As many runs of the generator as there are outputs. */
  readonly generators: number;
  /** One run of the content encoder. */
  readonly contentEncoder: number;
}

export interface OutputsMeasurement {
  readonly name: string;
  readonly description: string;
  readonly outputs: number;
  /** For each request the time from sending to the last byte, and by stage, as the answer tells. */
  readonly requests: readonly {
    readonly milliseconds: number;
    readonly stages: Readonly<Record<string, number>>;
  }[];
  /** Before each request and after the last. */
  readonly bare: readonly BareTimes[];
}

export interface OutputsSurroundings {
  readonly service: Pick<ServiceProcess, 'url'>;
  readonly outputs: number;
  /** Requests that are timed. */
  readonly rounds: number;
  readonly lanes: number;
  /** How a lane opens a network. */
  readonly session: SessionOptions;
}

/** After a run, a session's threads look for more work for a while, which would slow down the next measurement. */
const settlingMilliseconds = 200;

/**
 * Asks a running service for several outputs of one picture, by turns with bare runs of the generator, one code each, on
 * as many sessions as there are lanes: whatever else the machine does hits both.
 * @param folder of an exemplar-guided package
 * @throws InternalError when it is another package, a request fails, or one seed gives different pictures
 */
export async function measureOutputs(
  folder: string,
  { service, outputs, rounds, lanes, session }: OutputsSurroundings,
): Promise<OutputsMeasurement> {
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), folder);
  const { name, description = '', translator } = manifest;
  if (translator.kind !== 'exemplar-guided') throw new InternalError(`${name} makes one output of a picture`);
  const [{ jpeg, request }] = (await clientPictures(1)) as [{ jpeg: Uint8Array; request: ClientRequest }];
  const fed = await exemplarFeeds(folder, { ...manifest, translator }, jpeg, session);
  const url = new URL(`/translate/${name}?format=png&seed=1&outputs=${outputs}`, service.url).href;
  const sessions: BareSessions[] = [];
  const open = async ({ file }: FedNetwork, count: number) => {
    const opened = await BareSessions.open(file, count, session);
    sessions.push(opened);
    return opened;
  };
  try {
    const generators = await open(fed.generator, lanes);
    const contentEncoder = await open(fed.contentEncoder, 1);
    const bareTimes = async () => ({
      generators: await timeOf(generators, fed.generator, outputs),
      contentEncoder: await timeOf(contentEncoder, fed.contentEncoder, 1),
    });
    return { name, description, outputs, ...(await alternate(url, request, rounds, bareTimes)) };
  } finally {
    await Promise.all(sessions.map((each) => each.close()));
  }
}

/** Bare, request, bare, request, ..., bare. */
async function alternate(
  url: string,
  request: ClientRequest,
  rounds: number,
  bareTimes: () => Promise<BareTimes>,
): Promise<Pick<OutputsMeasurement, 'requests' | 'bare'>> {
  // The first run of a session also allocates.
  await bareTimes();
  const { body } = await ask(url, request);
  const bare = [await bareTimes()];
  const requests: OutputsMeasurement['requests'][number][] = [];
  for (let round = 0; round < rounds; round++) {
    await sleep(settlingMilliseconds);
    const answer = await ask(url, request);
    if (!(await samePicture(answer.body, body)))
      throw new InternalError('the same seed gave different pictures');
    const stages = Object.fromEntries(parseServerTiming(answer.serverTiming));
    requests.push({ milliseconds: answer.milliseconds, stages });
    bare.push(await bareTimes());
  }
  return { requests, bare };
}

async function timeOf(sessions: BareSessions, { feeds }: FedNetwork, runs: number): Promise<number> {
  await sleep(settlingMilliseconds);
  return (1000 * runs) / (await sessions.measure(feeds, runs));
}

async function ask(url: string, request: ClientRequest): Promise<Answer> {
  const { answers } = await sendLoad(url, [request], 1);
  const answer = answers[0] as Answer;
  if (answer.status === 200) return answer;
  throw new InternalError(`a request for several outputs got ${answer.status}: ${answer.body}`);
}
