import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { blankPixels, decode, encode } from '../../image/index.ts';
import { apiKeyLine } from '../access/api-keys.ts';
import { FakeLanes, invert } from '../testing/fake-lanes.ts';
import { startHarness } from '../testing/harness.ts';
import { listen } from '../testing/sockets.ts';

type Harness = Awaited<ReturnType<typeof startHarness<FakeLanes>>>;

const picture = await encode(blankPixels({ width: 16, height: 16 }, [10, 20, 30]), { format: 'png' });

let folder: string;
let service: Harness;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unpaired-jobs-test-'));
});
afterEach(async () => {
  service.lanes.release();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(environment: Record<string, string> = {}, lanes = new FakeLanes()): Promise<void> {
  service = await startHarness<FakeLanes>({
    lanes,
    environment: { LANE_PREFETCH: '0', JOBS_DIR: path.join(folder, 'results'), ...environment },
  });
}

const post = (headers: Record<string, string> = {}, { query = '', payload = Buffer.from(picture) } = {}) =>
  service.app.inject({
    method: 'POST',
    url: `/translate/inverter${query}`,
    headers: { 'content-type': 'image/png', prefer: 'respond-async', ...headers },
    payload,
  });
const get = (url: string, headers: Record<string, string> = {}) => service.app.inject({ url, headers });
const remove = (url: string, headers: Record<string, string> = {}) =>
  service.app.inject({ method: 'DELETE', url, headers });
/** Asks for a job; returns its path. */
async function accept(headers: Record<string, string> = {}): Promise<string> {
  const answer = await post(headers);
  expect(answer.statusCode).toBe(202);
  return String(answer.headers.location);
}
/** The job when it has ended. */
const ended = async (job: string) => (await get(job, { prefer: 'wait=10' })).json();
const results = () => readdir(path.join(folder, 'results'));

describe('the life of a job', () => {
  it('queued, running, done, fetched, forgotten', async () => {
    await start();
    service.lanes.hold();
    const running = await accept();
    const answer = await post({}, { query: '?format=webp' });
    expect(answer.headers).toMatchObject({
      'preference-applied': 'respond-async',
      'cache-control': 'no-store',
      'retry-after': expect.stringMatching(/^\d+$/),
    });
    const job = String(answer.headers.location);
    expect(answer.json()).toMatchObject({
      id: job.slice('/jobs/'.length),
      model: 'inverter',
      state: 'queued',
    });
    expect((await get(running)).json()).toMatchObject({ state: 'running', startedAt: expect.any(String) });
    const waiting = await get(job);
    expect(waiting.json()).toMatchObject({ state: 'queued', position: 1, events: `${job}/events` });
    expect(waiting.headers).toMatchObject({ 'retry-after': expect.any(String) });
    const early = await get(`${job}/result`);
    expect(early.json()).toMatchObject({ status: 409, code: 'JOB_NOT_DONE' });
    expect(early.headers['retry-after']).toMatch(/^\d+$/);

    service.lanes.release();
    expect(await ended(job)).toMatchObject({
      state: 'done',
      progress: 1,
      result: `${job}/result`,
      endedAt: expect.any(String),
    });
    const result = await get(`${job}/result`);
    expect(result.headers).toMatchObject({
      'content-type': 'image/webp',
      'unpaired-model': 'inverter',
      'unpaired-model-version': '1',
      'server-timing': expect.stringContaining('run;dur='),
      'cache-control': 'no-store',
    });
    expect((await decode(result.rawPayload)).data.slice(0, 3)).toHaveLength(3);
    await ended(running);
    expect(await results()).toHaveLength(2);

    expect((await remove(job)).statusCode).toBe(204);
    expect((await get(job)).json()).toMatchObject({ status: 404, code: 'JOB_UNKNOWN' });
    expect(await results()).toHaveLength(1);
  });

  it('the result has the very bytes that a client gets who waits', async () => {
    await start();
    const job = await accept({ accept: 'image/jpeg' });
    await ended(job);
    const waited = await post({ prefer: 'handling=lenient', accept: 'image/jpeg' });
    const result = await get(`${job}/result`);
    expect(result.headers['content-type']).toBe('image/jpeg');
    expect(result.rawPayload.equals(waited.rawPayload)).toBe(true);
  });

  it('wait answers when the time is over, too', async () => {
    await start();
    service.lanes.hold();
    const job = await accept();
    const answer = await get(job, { prefer: 'wait=0' });
    expect(answer.headers['preference-applied']).toBe('wait=0');
    expect(answer.json()).toMatchObject({ state: 'running' });
  });

  it('one that fails has the problem that a client gets who waits', async () => {
    let broken = false;
    const network: typeof invert = (feeds) => {
      if (broken) throw new Error('secret detail');
      return invert(feeds);
    };
    await start({}, new FakeLanes({ network }));
    broken = true;
    const job = await accept({ 'x-request-id': 'request-7' });
    expect(await ended(job)).toMatchObject({
      state: 'failed',
      problem: { status: 500, code: 'INTERNAL', requestId: 'request-7' },
    });
    const result = await get(`${job}/result`);
    expect(result.statusCode).toBe(500);
    expect(result.body).not.toContain('secret');
  });

  it.each([
    ['a picture that is none', { payload: Buffer.from('no picture') }, 415],
    ['an unknown option', { query: '?colour=1' }, 422],
    ['a deadline that has passed', { query: '?timeout=0.000001' }, 504],
  ])('%s is refused at once', async (_what, request, status) => {
    await start();
    expect((await post({}, request)).statusCode).toBe(status);
    expect((await get('/metrics')).body).toContain('unpaired_jobs{state="failed"} 0');
  });

  it('a deadline that passes in the queue fails the job', async () => {
    await start();
    service.lanes.hold();
    await accept();
    const job = await accept({ 'x-request-timeout': '0.2' });
    expect(await ended(job)).toMatchObject({ state: 'failed', problem: { code: 'DEADLINE_EXCEEDED' } });
    expect(service.lanes.runs).toHaveLength(2);
    expect((await get('/metrics')).body).toContain(
      'unpaired_jobs_ended_total{model="inverter",state="failed",reason="DEADLINE_EXCEEDED"} 1',
    );
  });

  it('takes a place in the queue like any other request', async () => {
    await start({ QUEUE_LIMIT: '1' });
    service.lanes.hold();
    await accept();
    await accept();
    expect((await post()).json()).toMatchObject({ status: 429, code: 'OVERLOADED' });
    expect((await post({ prefer: '' })).json()).toMatchObject({ status: 429, code: 'OVERLOADED' });
  });
});

describe('DELETE', () => {
  it('a job in the queue never costs a run', async () => {
    await start();
    service.lanes.hold();
    const first = await accept();
    const job = await accept();
    const before = service.lanes.runs.length;
    expect((await remove(job)).json()).toMatchObject({ state: 'cancelled' });
    service.lanes.release();
    await ended(first);
    expect(service.lanes.runs).toHaveLength(before);
    expect((await get(`${job}/result`)).json()).toMatchObject({ status: 410, code: 'JOB_CANCELLED' });
    expect((await get('/metrics')).body).toContain('unpaired_dropped_items_total{reason="client_left"} 1');
  });

  it('those behind it move up', async () => {
    await start();
    service.lanes.hold();
    await accept();
    const [first, second, urgent] = [await accept(), await accept(), await accept({ 'x-priority': 'high' })];
    const positions = async () =>
      (await Promise.all([first, second, urgent].map((job) => get(job)))).map(
        (answer) => answer.json().position,
      );
    await expect.poll(positions).toEqual([2, 3, 1]);
    await remove(first);
    expect(await positions()).toEqual([undefined, 2, 1]);
  });

  it('one that runs ends at once, and nothing is kept of it', async () => {
    await start();
    service.lanes.hold();
    const job = await accept();
    expect((await remove(job)).json()).toMatchObject({ state: 'cancelled' });
    service.lanes.release();
    await ended(await accept());
    expect(await results()).toHaveLength(1);
    expect((await get(job)).json()).toMatchObject({ state: 'cancelled' });
  });
});

describe('room', () => {
  it('results are forgotten when their time is over', async () => {
    await start({ JOB_RESULT_TTL_MS: '50' });
    const job = await accept();
    await ended(job);
    await expect.poll(async () => (await get(job)).statusCode).toBe(404);
    await expect.poll(results).toEqual([]);
    expect((await get('/metrics')).body).toMatch(/^unpaired_job_result_bytes 0$/m);
  });

  it('when as many jobs are remembered as may be, new ones are refused until one is forgotten', async () => {
    await start({ JOBS_MAX: '1' });
    const job = await accept();
    await ended(job);
    const refused = await post();
    expect(refused.json()).toMatchObject({ status: 429, code: 'JOBS_FULL' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
    expect((await post({ prefer: '' })).statusCode).toBe(200);
    await remove(job);
    await accept();
  });

  it('of one API key ends at JOBS_PER_KEY that have not ended; others, and its own when one has, are taken', async () => {
    const keys = path.join(folder, 'keys.txt');
    await writeFile(keys, `${apiKeyLine('alice', 'key-a')}\n${apiKeyLine('bob', 'key-b')}`);
    await start({ API_KEYS_FILE: keys, JOBS_PER_KEY: '2' });
    const [alice, bob] = [{ 'x-api-key': 'key-a' }, { 'x-api-key': 'key-b' }];
    service.lanes.hold();
    const [first] = [await accept(alice), await accept(alice)];
    const refused = await post(alice);
    expect(refused.json()).toMatchObject({ status: 429, code: 'JOBS_PER_KEY_REACHED' });
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    await accept(bob);
    await remove(first, alice);
    await accept(alice);
  });

  it('without API keys is for all together, not for each', async () => {
    await start({ JOBS_PER_KEY: '1' });
    service.lanes.hold();
    await accept();
    await accept();
  });

  it('a result beyond JOBS_MAX_BYTES fails its job, and the service goes on', async () => {
    await start({ JOBS_MAX_BYTES: '1024' });
    const random = Random.of(1);
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, () => random.integer(256));
    const payload = Buffer.from(await encode({ width: 64, height: 64, data }, { format: 'png' }));
    const job = String((await post({}, { query: '?size=original', payload })).headers.location);
    expect(await ended(job)).toMatchObject({
      state: 'failed',
      problem: { status: 507, code: 'JOB_RESULT_LOST', detail: expect.stringContaining('JOBS_MAX_BYTES') },
    });
    const small = await accept();
    expect(await ended(small)).toMatchObject({ state: 'done' });
    expect((await get('/readyz')).statusCode).toBe(200);
  });

  it('a folder that can no longer be written to fails jobs, and the service goes on', async () => {
    await start();
    await rm(path.join(folder, 'results'), { recursive: true });
    await writeFile(path.join(folder, 'results'), 'in the way');
    const job = await accept();
    const { state, problem } = await ended(job);
    expect([state, problem.code]).toEqual(['failed', 'JOB_RESULT_LOST']);
    expect(problem.detail).not.toContain(folder);
    expect((await post({ prefer: '' })).statusCode).toBe(200);
  });
});

it('a job is seen by the key that began it, and by no other', async () => {
  const keys = path.join(folder, 'keys.txt');
  await writeFile(keys, `${apiKeyLine('alice', 'key-a')}\n${apiKeyLine('bob', 'key-b')}`);
  await start({ API_KEYS_FILE: keys });
  const [alice, bob] = [{ 'x-api-key': 'key-a' }, { 'x-api-key': 'key-b' }];
  const job = await accept(alice);
  expect(await (await get(job, { ...alice, prefer: 'wait=10' })).json()).toMatchObject({ state: 'done' });
  const seen = await Promise.all([
    get(job, bob),
    get(`${job}/result`, bob),
    get(`${job}/events`, bob),
    remove(job, bob),
  ]);
  expect(seen.map((answer) => answer.json().code)).toEqual(new Array(4).fill('JOB_UNKNOWN'));
  expect((await get(job)).statusCode).toBe(401);
  expect((await get(`${job}/result`, alice)).statusCode).toBe(200);
});

describe('events', () => {
  const states = (body: string) => [...body.matchAll(/"state":"(\w+)"/g)].map(([, state]) => state);

  it('a translation can be asked for as a stream of its events', async () => {
    await start();
    const answer = await post({ accept: 'text/event-stream, image/webp', prefer: '' });
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/event-stream/),
      'cache-control': 'no-store',
    });
    expect(states(answer.body)).toEqual(['queued', 'running', 'done']);
    const result = await get(`${answer.headers.location}/result`);
    expect(result.headers['content-type']).toBe('image/webp');
  });

  it('Last-Event-ID goes on after that event, and ends the reconnecting after the last', async () => {
    await start();
    const job = await accept();
    await ended(job);
    const from = (id: string) => get(`${job}/events`, { 'last-event-id': id });
    expect(states((await from('nonsense')).body)).toEqual(['queued', 'running', 'done']);
    expect(states((await from('2')).body)).toEqual(['done']);
    expect((await from('3')).statusCode).toBe(204);
  });

  it('a client that leaves a stream does not end the job', async () => {
    await start();
    service.lanes.hold();
    const port = await listen(service.app);
    const leaving = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${port}/translate/inverter`, {
      method: 'POST',
      headers: { 'content-type': 'image/png', accept: 'text/event-stream' },
      body: picture,
      signal: leaving.signal,
    });
    await answer.body?.getReader().read();
    leaving.abort();
    const job = String(answer.headers.get('location'));
    await expect.poll(async () => (await get('/metrics')).body).toContain('CLIENT_LEFT');
    expect((await get(job)).json()).toMatchObject({ state: 'running' });
    service.lanes.release();
    expect(await ended(job)).toMatchObject({ state: 'done' });
  });
});

describe('stopping', () => {
  it('what was accepted is finished, and its stream told, before the service ends', async () => {
    await start();
    service.lanes.hold();
    const job = await accept();
    const stream = get(`${job}/events`);
    const end = ended(await accept());
    service.lifecycle.advance('stopping');
    const closed = service.app.close();
    expect((await post()).json()).toMatchObject({ code: 'STOPPING' });
    service.lanes.release();
    expect((await stream).body).toContain('"state":"done"');
    expect(await end).toMatchObject({ state: 'done' });
    await closed;
    expect(await readdir(folder)).toEqual([]);
  });

  it('what cannot be finished in time fails as STOPPING', async () => {
    await start({ STOP_TIMEOUT_MS: '100' });
    service.lanes.hold();
    await accept();
    const stream = get(`${await accept()}/events`);
    service.lifecycle.advance('stopping');
    await service.app.close();
    expect((await stream).body).toMatch(/"state":"failed".*"code":"STOPPING"/);
  });
});

it('the default folder is made for the first result, and removed at the end', async () => {
  const mine = async () =>
    (await readdir(tmpdir())).filter((name) => /^unpaired-jobs-[0-9a-f]{8}-/.test(name));
  const before = new Set(await mine());
  await start({ JOBS_DIR: '' });
  await ended(await accept());
  const [made = '', ...more] = (await mine()).filter((name) => !before.has(name));
  expect(more).toEqual([]);
  expect(made).not.toBe('');
  await service.app.close();
  expect(await mine()).not.toContain(made);
});
