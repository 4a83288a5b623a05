import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import { blankPixels, encode } from '../image/index.ts';
import { LanePool, type LanePoolOptions } from '../runtime/index.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import type { Lanes } from './lanes.ts';
import { startHarness } from './testing/harness.ts';
import { writePackage } from './testing/model-package.ts';

/** What breaks lanes, done to a service with real lanes under load on loopback: who is not to blame is answered. */

/** uint8 NHWC, as our own exports: swaps rows and columns. */
const mirror = tinyModel({
  inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'w', 'h', 3] }],
  nodes: [
    { operator: 'Transpose', inputs: ['input'], outputs: ['output'], integers: { perm: [0, 2, 1, 3] } },
  ],
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startService(
  options: Partial<LanePoolOptions> = {},
  { environment = {}, wrap = (pool: LanePool): Lanes => pool } = {},
) {
  const pool = await LanePool.start({
    lanes: 2,
    threadsPerLane: 1,
    provider: 'cpu',
    restartDelay: { firstMilliseconds: 20, longestMilliseconds: 100 },
    ...options,
  });
  const service = await startHarness<Lanes>({
    lanes: wrap(pool),
    environment: { MAX_BATCH: '4', ...environment },
    models: (root) =>
      writePackage(root, { name: 'mirror', onnx: mirror, image: { width: 256, height: 256 } }),
  });
  closers.push(service.close);
  await service.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = service.app.server.address() as AddressInfo;
  const translate = async (picture: Uint8Array<ArrayBuffer>) => {
    const answer = await fetch(`http://127.0.0.1:${port}/translate/mirror`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: picture,
    });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const metrics = async () => (await service.app.inject({ url: '/metrics' })).body;
  return { pool, service, translate, metrics };
}

type Service = Awaited<ReturnType<typeof startService>>;

/** A square of random pixels: 200 KB, so that runs and their ways take a while. */
async function noise(seed: number): Promise<Uint8Array<ArrayBuffer>> {
  const random = Random.of(seed);
  const data = Uint8Array.from({ length: 256 * 256 * 3 }, () => random.integer(256));
  return Uint8Array.from(await encode({ width: 256, height: 256, data }, { format: 'png' }));
}

async function shade(value: number): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = blankPixels({ width: 64, height: 64 }, [value, 0, 0]);
  return Uint8Array.from(await encode(pixels, { format: 'png' }));
}

const pictures = await Promise.all([1, 2, 3, 4, 5, 6].map(noise));

/** Six clients ask for their picture again and again, until `ended`; returns what was not their own answer. */
async function load({ translate }: Service, during: () => Promise<void>) {
  const expected: { bytes: Buffer }[] = [];
  for (const picture of pictures) expected.push(await translate(picture));
  let ended = false;
  let answered = 0;
  const wrong: { client: number; status: number }[] = [];
  const clients = pictures.map(async (picture, client) => {
    while (!ended) {
      const { status, bytes } = await translate(picture);
      answered++;
      if (status !== 200 || !bytes.equals(expected[client]?.bytes as Buffer)) wrong.push({ client, status });
    }
  });
  await during();
  ended = true;
  await Promise.all(clients);
  expect(answered).toBeGreaterThan(2 * pictures.length);
  return wrong;
}

const restartsOf = (pool: LanePool, reason: 'died' | 'hung' | 'memory') =>
  pool.lanes.reduce((sum, { restartReasons }) => sum + restartReasons[reason], 0);

const signal = (pool: LanePool, lane: number, name: NodeJS.Signals) =>
  process.kill(pool.lanes[lane]?.pid as number, name);

const allUp = (pool: LanePool) =>
  expect
    .poll(() => pool.lanes.every(({ state }) => state === 'idle' || state === 'busy'), { timeout: 20_000 })
    .toBe(true);

describe('under load no request fails when', () => {
  it('lanes are killed, one after the other', async () => {
    const started = await startService();
    const { pool } = started;
    const wrong = await load(started, async () => {
      for (const lane of [0, 1]) {
        await sleep(200);
        signal(pool, lane, 'SIGKILL');
        await expect.poll(() => pool.lanes[lane]?.state, { interval: 5 }).not.toMatch(/idle|busy/);
        await allUp(pool);
      }
    });
    expect(wrong).toEqual([]);
    expect(restartsOf(pool, 'died')).toBe(2);
    expect(await started.metrics()).toContain('unpaired_lane_restarts_total{lane="1",reason="died"} 1');
  });

  it('a lane hangs', async () => {
    const started = await startService({ runTimeoutMilliseconds: 2000 });
    const { pool } = started;
    const wrong = await load(started, async () => {
      signal(pool, 0, 'SIGSTOP');
      await expect.poll(() => restartsOf(pool, 'hung'), { timeout: 20_000 }).toBe(1);
      await allUp(pool);
    });
    expect(wrong).toEqual([]);
    expect(restartsOf(pool, 'died')).toBe(0);
  });

  it('lanes grow over their memory ceiling', async () => {
    const started = await startService({ memoryCeilingBytes: 1 });
    const wrong = await load(started, async () => {
      await expect.poll(() => restartsOf(started.pool, 'memory'), { timeout: 30_000 }).toBe(2);
    });
    expect(wrong).toEqual([]);
    expect(restartsOf(started.pool, 'died')).toBe(0);
    const metrics = await started.metrics();
    expect(metrics).toMatch(/unpaired_lane_busy_seconds_total\{lane="0"\} \d*\.?\d+/);
    expect(metrics).toMatch(/unpaired_lane_memory_bytes\{lane="1"\} \d{7,}/);
  });
});

it('a picture that kills its lane is refused at the second death, and those that shared its run are answered', async () => {
  const poisonous = 66;
  /** The lane dies while it runs the poison: as near to a picture that crashes the runtime as a test can come. */
  const wrap = (real: LanePool): Lanes => {
    const run: Lanes['run'] = (key, feeds, lossLimit) => {
      if (firstValues(feeds).includes(poisonous)) void killWhenBusy(real);
      return real.run(key, feeds, lossLimit);
    };
    return Object.assign(Object.create(real) as LanePool, { run });
  };
  const { pool, translate, metrics } = await startService(
    { lanes: 1, prefetch: 0 },
    { environment: { LANE_PREFETCH: '0', MAX_BATCH: '8' }, wrap },
  );
  const [before, poison, after] = [await shade(10), await shade(poisonous), await shade(20)];
  const expected = [await translate(before), await translate(after)];
  // While the lane is stopped everything queues up; then it is one batch, the poison in its middle.
  signal(pool, 0, 'SIGSTOP');
  const first = translate(before);
  await expect.poll(() => pool.lanes[0]?.state).toBe('busy');
  const shared = Promise.all([before, poison, after].map(translate));
  await expect.poll(async () => (await metrics()).includes('unpaired_queued_items 3')).toBe(true);
  signal(pool, 0, 'SIGCONT');
  expect((await first).status).toBe(200);
  const [one, refused, other] = await shared;
  expect([one, other]).toEqual(expected);
  expect(refused?.status).toBe(500);
  expect(JSON.parse(String(refused?.bytes))).toMatchObject({ code: 'LANE_DIED' });
  // Once with its batch, once alone; and never again, though it is sent again.
  await expect.poll(() => restartsOf(pool, 'died'), { timeout: 20_000 }).toBe(2);
  const again = await translate(poison);
  expect(JSON.parse(String(again.bytes))).toMatchObject({ status: 500, code: 'LANE_DIED' });
  expect(restartsOf(pool, 'died')).toBe(2);
  // Three alone, the batch of three, and each of its pictures.
  expect(await metrics()).toMatch(/unpaired_batch_items_count\{network="mirror\/1\/generator"\} 7/);
});

/** A lane that was handed its run is seen here before its answer can arrive. */
async function killWhenBusy(pool: LanePool): Promise<void> {
  do await setImmediate();
  while (pool.lanes[0]?.state !== 'busy');
  signal(pool, 0, 'SIGKILL');
}

/** First value of each picture of a run. */
function firstValues({ input }: Record<string, Tensor>): number[] {
  const [items = 0, ...rest] = input?.dims ?? [];
  const size = rest.reduce((product, length) => product * length, 1);
  return Array.from({ length: items }, (_, item) => Number(input?.data[item * size]));
}
