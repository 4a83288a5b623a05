import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { slowModel, unaryModel } from '../testing/tiny-model.ts';
import type { LaneEvent } from './lane-events.ts';
import { LanePool, type LanePoolOptions } from './lane-pool.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-recycling-'));
const file = (name: string, content: Uint8Array) => {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
};
const negate = file('negate.onnx', unaryModel('Neg', 'float32'));
const slow = file('slow.onnx', slowModel(20));
const slowFeeds = { x: float32([512, 512], new Float32Array(512 * 512)) };

const pools: LanePool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every run makes a lane too large, unless the test says otherwise. */
async function startPool(options: Partial<LanePoolOptions> = {}) {
  const events: LaneEvent[] = [];
  const pids = new Set<number>();
  const pool = await LanePool.start({
    lanes: 1,
    threadsPerLane: 1,
    provider: 'cpu',
    memoryCeilingBytes: 1,
    restartDelay: { firstMilliseconds: 20, longestMilliseconds: 80 },
    onEvent: (event) => {
      events.push(event);
      if ('pid' in event && event.pid !== undefined) pids.add(event.pid);
    },
    ...options,
  });
  pools.push(pool);
  const count = (type: LaneEvent['type']) => events.filter((event) => event.type === type).length;
  return { pool, pids, count };
}

const vector = (...values: number[]) => ({ x: float32([values.length], values) });
const numberOf = async (pool: LanePool, value: number) =>
  (await pool.run('negate', vector(value))).outputs.y?.data[0];

const eventually = (check: () => void) => expect.poll(() => check(), { timeout: 20_000 });

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a lane that is too large after a run', () => {
  it('is replaced by one that was opened before it ends, again and again, and no run is lost', async () => {
    const { pool, pids, count } = await startPool({ lanes: 2 });
    await pool.load('negate', negate);
    let sent = 0;
    while (count('recycled') < 2) {
      const values = Array.from({ length: 20 }, () => sent++);
      expect(await Promise.all(values.map((value) => numberOf(pool, value)))).toEqual(
        values.map((value) => -value),
      );
      // One that has a successor is never between two lives.
      expect(pool.lanes.every(({ state }) => state === 'idle')).toBe(true);
      await sleep(5);
    }
    expect(count('died')).toBe(0);
    const restarts = pool.lanes.map(({ restartReasons }) => restartReasons);
    expect(restarts.every(({ died, hung }) => died + hung === 0)).toBe(true);
    expect(restarts.reduce((sum, { memory }) => sum + memory, 0)).toBe(count('recycled'));
    await pool.close();
    expect([...pids].filter(isAlive)).toEqual([]);
  });

  it('lets its run finish, while the next goes to its successor', async () => {
    const { pool, count } = await startPool({ prefetch: 0 });
    await pool.load('negate', negate);
    await pool.load('slow', slow);
    const before = pool.lanes[0]?.pid;
    await numberOf(pool, 1);
    const long = pool.run('slow', slowFeeds);
    await eventually(() => count('recycled')).toBe(1);
    expect((await long).outputs.y?.dims).toEqual([512, 512]);
    expect(pool.lanes[0]?.pid).not.toBe(before);
    expect(await numberOf(pool, 2)).toBe(-2);
  });

  it('was made so by a run, and its successor is as small as a lane begins', async () => {
    const { pool, count } = await startPool({ memoryCeilingBytes: 2 ** 40 });
    await pool.load('negate', negate);
    await numberOf(pool, 1);
    const small = pool.lanes[0]?.residentBytes as number;
    expect(small).toBeGreaterThan(20e6);
    await pool.run('negate', { x: float32([32_000_000], new Float32Array(32_000_000)) });
    expect(pool.lanes[0]?.residentBytes).toBeGreaterThan(small + 100e6);
    expect(count('recycled')).toBe(0);
    const limited = await startPool({ memoryCeilingBytes: small + 100e6 });
    await limited.pool.load('negate', negate);
    await numberOf(limited.pool, 1);
    expect(limited.pool.lanes[0]?.residentBytes).toBeLessThan(small + 100e6);
    await limited.pool.run('negate', { x: float32([32_000_000], new Float32Array(32_000_000)) });
    await eventually(() => limited.count('recycled')).toBe(1);
    await numberOf(limited.pool, 2);
    expect(limited.pool.lanes[0]?.residentBytes).toBeLessThan(small + 100e6);
    expect(limited.pool.lanes[0]).toMatchObject({ restarts: 1, restartReasons: { memory: 1 } });
  });

  it('hands over the models that are opened and shut meanwhile, also the one that is being opened', async () => {
    const { pool, count } = await startPool();
    // Takes longer to open than anything else here, so that successors mostly take over in the middle of it.
    const wide = file('wide.onnx', slowModel(1000));
    await pool.load('negate', negate);
    await pool.load('going', negate);
    await numberOf(pool, 1);
    await pool.unload('going');
    while (count('recycled') < 2) {
      await pool.load('coming', wide);
      const { outputs } = await pool.run('coming', { x: float32([1, 1], [1]) });
      expect(outputs.y?.data[0]).toBe(1);
      await pool.unload('coming');
    }
    await pool.load('going', slow);
    expect((await pool.run('going', slowFeeds)).outputs.y?.dims).toEqual([512, 512]);
  });

  it('is kept when its successor cannot open a model', async () => {
    const { pool, count } = await startPool();
    const vanishing = file('vanishing.onnx', unaryModel('Neg', 'float32'));
    await pool.load('negate', vanishing);
    rmSync(vanishing);
    await numberOf(pool, 1);
    await eventually(() => count('recycling-failed')).toBe(1);
    expect(await numberOf(pool, 2)).toBe(-2);
    expect(pool.lanes[0]).toMatchObject({ state: 'idle', restarts: 0 });
  });

  it('is replaced as any other when it dies before its successor is there', async () => {
    const { pool, pids, count } = await startPool();
    await pool.load('negate', negate);
    await numberOf(pool, 1);
    process.kill(pool.lanes[0]?.pid as number, 'SIGKILL');
    await eventually(() => count('restarted')).toBe(1);
    expect(await numberOf(pool, 2)).toBe(-2);
    expect(pool.lanes[0]?.restartReasons.died).toBe(1);
    await pool.close();
    expect([...pids].filter(isAlive)).toEqual([]);
  });
});

describe('a lane that hangs', () => {
  it('is killed and replaced, and what it was at and what stood behind it is run', async () => {
    const { pool, count } = await startPool({
      memoryCeilingBytes: 2 ** 40,
      runTimeoutMilliseconds: 1000,
    });
    await pool.load('negate', negate);
    process.kill(pool.lanes[0]?.pid as number, 'SIGSTOP');
    expect(await Promise.all([1, 2, 3].map((value) => numberOf(pool, value)))).toEqual([-1, -2, -3]);
    expect(count('died')).toBe(1);
    expect(pool.lanes[0]).toMatchObject({ restarts: 1, restartReasons: { died: 0, hung: 1, memory: 0 } });
  });
});

it('tells how long lanes had work at hand', async () => {
  const { pool } = await startPool({ memoryCeilingBytes: 2 ** 40, lanes: 2 });
  await pool.load('slow', slow);
  expect(pool.lanes.map(({ busySeconds }) => busySeconds)).toEqual([0, 0]);
  const { laneMilliseconds } = await pool.run('slow', slowFeeds);
  const [first, second] = pool.lanes.map(({ busySeconds }) => busySeconds);
  expect(first).toBeGreaterThanOrEqual(laneMilliseconds / 1000);
  expect(second).toBe(0);
  await sleep(20);
  expect(pool.lanes[0]?.busySeconds).toBe(first);
});
