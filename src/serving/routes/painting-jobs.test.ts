import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../image/index.ts';
import { mostPreviews, type Preview } from '../jobs/previews.ts';
import { StepsUnderWay } from '../steps-under-way.ts';
import { startPaintingService } from '../testing/painting-service.ts';
import { listen } from '../testing/sockets.ts';

/** Pictures that are made in many steps: watched, cancelled, left, and in the midst of other requests. */

let service: Awaited<ReturnType<typeof startPaintingService>>;
beforeAll(async () => {
  service = await startPaintingService({ QUEUE_LIMIT: '64' });
});
afterAll(() => service?.close());

/** Far more steps than any test waits for. */
const endless = { height: '64', width: '64' };
const long = { model: 'long' };

const drawn = () => service.metric(/unpaired_codes_drawn_total\{model="long"\} (\d+)/);
const admitted = () => service.metric(/^unpaired_admitted_items (\d+)$/m);
const cached = () => service.lanes.lanes.map(({ cacheBytes }) => cacheBytes);

/** Data of the events of a type, in order. */
const eventsOf = <T>(stream: string, type: string) =>
  [...stream.matchAll(/^event: (\w+)\ndata: (.+)$/gm)]
    .filter(([, each]) => each === type)
    .map(([, , data]) => JSON.parse(data as string) as T);

/** Nothing is run for anybody: no step, no place, no cache. */
async function expectQuiet(): Promise<void> {
  await expect.poll(admitted).toBe(0);
  const before = await drawn();
  await expect.poll(cached).toEqual([0]);
  expect(await drawn()).toBe(before);
}

describe('a stream of events', () => {
  it('shows progress, and pictures as they come on', async () => {
    const fields = { outputs: '2', width: '12', height: '12', seed: '5' };
    const { body } = await service.post('generate', fields, {
      ...long,
      headers: { accept: 'text/event-stream' },
    });
    const progress = eventsOf<{ progress: number }>(body, 'progress').map((each) => each.progress);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    const previews = eventsOf<Preview>(body, 'preview');
    expect(previews.length).toBeGreaterThan(0);
    expect(previews.length).toBeLessThanOrEqual(mostPreviews);
    expect(previews.every(({ index }) => index === 0 || index === 1)).toBe(true);
    for (const { image } of previews) {
      const bytes = Buffer.from(image.replace('data:image/webp;base64,', ''), 'base64');
      expect(await decode(bytes)).toMatchObject({ width: 48, height: 48 });
    }
    // Previews do not change what is made.
    const [{ id }] = eventsOf<{ id: string }>(body, 'state') as [{ id: string }];
    const result = await service.app.inject({ url: `/jobs/${id}/result` });
    expect(result.rawPayload.equals((await service.post('generate', fields, long)).rawPayload)).toBe(true);
  });

  it('of what nobody listens to costs no run of a decoder', async () => {
    const painted = () =>
      service.metric(/unpaired_batch_items_sum\{network="long\/1\/decoder-target"\} (\d+)/);
    const before = await painted();
    const expecting = vi.spyOn(StepsUnderWay.prototype, 'expect');
    const fields = { width: '8', height: '8' };
    const { headers } = await service.post('generate', fields, {
      ...long,
      headers: { prefer: 'respond-async' },
    });
    await service.app.inject({ url: String(headers.location), headers: { prefer: 'wait=30' } });
    expect((await painted()) - before).toBe(1);
    // Meanwhile others are told to come back when its codes are drawn.
    expect(expecting).toHaveBeenCalledExactlyOnceWith('long/1/prior', 64, 1);
    expecting.mockRestore();
  });
});

describe('a request that nobody wants any more', () => {
  it('ends within a step when its job is cancelled', async () => {
    const { headers } = await service.post('generate', endless, {
      ...long,
      headers: { prefer: 'respond-async' },
    });
    const job = String(headers.location);
    const before = await drawn();
    await expect.poll(drawn).toBeGreaterThan(before + 10);
    const cancelled = await service.app.inject({ method: 'DELETE', url: job });
    const at = await drawn();
    expect(cancelled.json()).toMatchObject({ state: 'cancelled' });
    await expectQuiet();
    // The step that its lane was at, and what was drawn while the metrics were read.
    expect((await drawn()) - at).toBeLessThanOrEqual(1);
  });

  it('ends when the client leaves, all its pictures with it', async () => {
    const port = await listen(service.app);
    const leaving = new AbortController();
    const before = await drawn();
    const answer = fetch(`http://127.0.0.1:${port}/generate/long?height=64&width=64&outputs=3`, {
      method: 'POST',
      signal: leaving.signal,
    });
    await expect.poll(drawn).toBeGreaterThan(before + 10);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await expectQuiet();
  });

  it('is not begun when its deadline has passed', async () => {
    const before = await drawn();
    const late = await service.post('generate', { ...endless, timeout: '0.000001' }, long);
    expect(late.json()).toMatchObject({ status: 504, code: 'DEADLINE_EXCEEDED' });
    await expectQuiet();
    expect(await drawn()).toBe(before);
  });

  it('is finished when its deadline passes midway, as what is begun always is', async () => {
    const [before, now] = [await drawn(), performance.now.bind(performance)];
    const answer = service.post('generate', { height: '12', width: '12', timeout: '60' }, long);
    await expect.poll(drawn).toBeGreaterThan(before);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 120_000);
    try {
      expect((await drawn()) - before).toBeLessThan(12 * 12);
      expect(await answer).toMatchObject({ statusCode: 200 });
    } finally {
      clock.mockRestore();
    }
    expect((await drawn()) - before).toBe(12 * 12);
  });
});

it('requests at one time are each what they are alone', async () => {
  const seeds = ['1', '2', '3'];
  const post = async (seed: string) =>
    (await service.post('generate', { seed, outputs: '2', width: '6' })).rawPayload.toString('base64');
  const alone: string[] = [];
  for (const seed of seeds) alone.push(await post(seed));
  expect(new Set(alone).size).toBe(seeds.length);
  expect(await Promise.all(seeds.map(post))).toEqual(alone);
});
