import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { decode } from '../../image/index.ts';
import { mostPreviews, type Preview } from '../jobs/previews.ts';
import { sourcePixels, startDiffusionService } from '../testing/diffusion-service.ts';
import { tinyDiffusion } from '../testing/guided-diffusion-package.ts';

/** Samplings that are watched, taken early, cancelled, and in the midst of others. */

type Service = Awaited<ReturnType<typeof startDiffusionService>>;

let service: Service;
beforeAll(async () => {
  service = await startDiffusionService({ environment: { QUEUE_LIMIT: '100' } });
}, 30_000);
afterAll(() => service?.close());

const steps = () => service.metric(/unpaired_sampling_steps_total\{model="sampled"\} (\d+)/);
const admitted = () => service.metric(/^unpaired_admitted_items (\d+)$/m);

/** Begins a job. @returns its path */
async function begin(fields: Readonly<Record<string, string>>): Promise<string> {
  const { statusCode, headers } = await service.post(fields, { headers: { prefer: 'respond-async' } });
  expect(statusCode).toBe(202);
  return String(headers.location);
}

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  service.app.inject({ url, headers });
const job = async (path: string) => (await get(path)).json();
const progressOf = async (path: string): Promise<number> => (await job(path)).progress ?? 0;
const accept = (path: string) => service.app.inject({ method: 'POST', url: `${path}/accept` });
const cancel = (path: string) => service.app.inject({ method: 'DELETE', url: path });

async function resultOf(path: string) {
  const { state } = (await get(path, { prefer: 'wait=50' })).json();
  expect(state).toBe('done');
  return get(`${path}/result`);
}

/** Far more steps than any test waits for. */
const endless = { strength: '1', steps: '1000', repeats: '4', seed: '1' };

/** Data of the events of a type, in order. */
const eventsOf = <T>(stream: string, type: string) =>
  [...stream.matchAll(/^event: (\w+)\ndata: (.+)$/gm)]
    .filter(([, each]) => each === type)
    .map(([, , data]) => JSON.parse(data as string) as T);

/** Largest difference in levels of two pictures. */
async function difference(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [first, second] = await Promise.all([decode(a), decode(b)]);
  return Math.max(...first.data.map((value, index) => Math.abs(value - (second.data[index] as number))));
}

describe('a stream of events', () => {
  it('shows progress, the time left, and the clean picture as it is predicted', async () => {
    const fields = { outputs: '2', steps: '25', seed: '5' };
    const { body } = await service.post(fields, { headers: { accept: 'text/event-stream' } });
    const told = eventsOf<{ progress: number; remainingMs: number }>(body, 'progress');
    expect(told.map(({ progress }) => progress)).toEqual(
      told.map(({ progress }) => progress).toSorted((a, b) => a - b),
    );
    expect(told.at(-1)).toEqual({ progress: 1, remainingMs: 0 });
    expect(told.every(({ remainingMs }) => Number.isInteger(remainingMs) && remainingMs >= 0)).toBe(true);
    expect(told[0]?.remainingMs).toBeGreaterThan(0);
    const previews = eventsOf<Preview>(body, 'preview');
    expect(previews.length).toBeGreaterThan(0);
    expect(previews.length).toBeLessThanOrEqual(mostPreviews);
    for (const { image } of previews) {
      const bytes = Buffer.from(image.replace('data:image/webp;base64,', ''), 'base64');
      expect(await decode(bytes)).toMatchObject(tinyDiffusion.size);
    }
    const [{ id }] = eventsOf<{ id: string }>(body, 'state') as [{ id: string }];
    const done = eventsOf<object>(body, 'state').at(-1);
    expect(done).toMatchObject({ state: 'done', progress: 1 });
    expect(done).not.toHaveProperty('remainingMs');
    const result = await resultOf(`/jobs/${id}`);
    expect(result.rawPayload.equals((await service.post(fields)).rawPayload)).toBe(true);
  });
});

describe('a job whose client has seen enough', () => {
  it('is done with its pictures as they are, and nothing more is run', async () => {
    const path = await begin({ ...endless, outputs: '2' });
    await expect.poll(() => progressOf(path)).toBeGreaterThan(0);
    expect(await job(path)).toMatchObject({ state: 'running', remainingMs: expect.any(Number) });
    const accepted = await accept(path);
    expect([accepted.statusCode, accepted.json().state]).toEqual([200, 'done']);
    const { headers, rawPayload } = await resultOf(path);
    expect((await decode(rawPayload)).data.length).toBeGreaterThan(2 * sourcePixels.data.length);
    const settings = [JSON.parse(String(headers['unpaired-sampling']))].flat();
    for (const { acceptedAfter } of settings) {
      expect(acceptedAfter).toBeGreaterThan(10);
      expect(acceptedAfter).toBeLessThan(4000);
    }
    await expect.poll(admitted).toBe(0);
    const over = await steps();
    expect((await accept(path)).json()).toMatchObject({ state: 'done', progress: 1 });
    expect(await steps()).toBe(over);
  });

  it('cannot take what is not there', async () => {
    const path = await begin(endless);
    await cancel(path);
    expect((await accept(path)).json()).toMatchObject({ status: 409, code: 'JOB_NOT_ACCEPTABLE' });
    expect((await accept('/jobs/unknown')).statusCode).toBe(404);
    await expect.poll(admitted).toBe(0);
  });
});

describe('a request that nobody wants any more', () => {
  it('ends within a step when its job is cancelled, and the others go on', async () => {
    const before = await steps();
    const path = await begin(endless);
    await expect.poll(steps).toBeGreaterThan(before + 10);
    const other = await begin({ steps: '100', seed: '2' });
    await cancel(path);
    const at = await steps();
    const { rawPayload } = await resultOf(other);
    // Those of the other, and the one that the lane was at.
    expect((await steps()) - at).toBeLessThanOrEqual(101);
    await expect.poll(admitted).toBe(0);
    const alone = await service.post({ steps: '100', seed: '2' });
    expect(await difference(rawPayload, alone.rawPayload)).toBeLessThanOrEqual(1);
  });

  it('is not begun when its deadline has passed', async () => {
    const before = await steps();
    const late = await service.post({ ...endless, timeout: '0.000001' });
    expect(late.json()).toMatchObject({ status: 504, code: 'DEADLINE_EXCEEDED' });
    expect(await steps()).toBe(before);
  });
});

/** Requests that differ in everything, the same in every test. */
const various = Array.from({ length: 12 }, (_, index) => {
  const random = Random.of(3, 'request', index);
  const between = (low: number, high: number) => low + Math.floor(random.uniform() * (high - low));
  return {
    steps: String(between(5, 40)),
    strength: String(between(10, 100) / 100),
    solver: (['ancestral', 'ddim', 'second-order'] as const)[index % 3] as string,
    realism: String(between(0, 4)),
    faithfulness: index % 4 === 0 ? '0' : String(between(0, 3)),
    repeats: String(1 + (index % 5 === 0 ? 1 : 0)),
    outputs: '1',
    seed: String(index),
    delay: between(0, 150),
  };
});

/** Sends all of them, each at its time. */
function sendAll({ post }: Pick<Service, 'post'>) {
  return Promise.all(
    various.map(async ({ delay, ...fields }) => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      return (await post(fields)).rawPayload;
    }),
  );
}

async function expectEqual(pictures: readonly Uint8Array[], others: readonly Uint8Array[]) {
  expect(pictures).toHaveLength(others.length);
  for (const [index, picture] of pictures.entries())
    expect(await difference(picture, others[index] as Uint8Array)).toBeLessThanOrEqual(1);
}

describe('twelve requests that come at random, with steps and weights of their own', () => {
  const alone: Uint8Array[] = [];
  const runs = () => service.metric(/unpaired_batch_items_count\{network="sampled\/1\/step"\} (\d+)/);
  let runsAlone = 0;
  beforeAll(async () => {
    const before = await runs();
    for (const { delay: _, ...fields } of various) alone.push((await service.post(fields)).rawPayload);
    runsAlone = (await runs()) - before;
  }, 60_000);

  it('are each what they are alone, and share runs', async () => {
    const before = await runs();
    await expectEqual(await sendAll(service), alone);
    expect((await runs()) - before).toBeLessThan(runsAlone / 1.5);
  });

  it('are the same on two lanes, one of which is killed', async () => {
    const other = await startDiffusionService({ lanes: 2 });
    try {
      const done = () => other.metric(/unpaired_sampling_steps_total\{model="sampled"\} (\d+)/);
      const sending = sendAll(other);
      await expect.poll(done).toBeGreaterThan(30);
      process.kill(other.lanes.lanes[0]?.pid as number, 'SIGKILL');
      await expectEqual(await sending, alone);
      expect(other.lanes.lanes[0]?.restartReasons.died).toBe(1);
    } finally {
      await other.close();
    }
  }, 60_000);
});

it('sixty-four jobs are all done, and take no more memory as they go on', async () => {
  const paths: string[] = [];
  for (let seed = 0; seed < 64; seed++) paths.push(await begin({ ...endless, seed: String(seed) }));
  expect(await admitted()).toBe(64);
  // Steps go round: no job waits for the end of another.
  await expect
    .poll(async () => Math.min(...(await Promise.all(paths.map(progressOf)))), { timeout: 20_000 })
    .toBeGreaterThan(0);
  const before = process.memoryUsage().arrayBuffers;
  const atFirst = await steps();
  await expect.poll(steps, { timeout: 20_000 }).toBeGreaterThan(atFirst + 640);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16e6);
  for (const path of paths) expect((await accept(path)).json()).toMatchObject({ state: 'done' });
  await expect.poll(admitted).toBe(0);
}, 60_000);
