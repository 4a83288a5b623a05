import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { unaryModel } from '../testing/tiny-model.ts';
import type { LaneEvent } from './lane-events.ts';
import { LanePool, type LanePoolOptions } from './lane-pool.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-reopening-'));
const model = path.join(folder, 'model.onnx');
const negate = unaryModel('Neg', 'float32');
const other = unaryModel('Abs', 'float32');
const sha256 = createHash('sha256').update(negate).digest('hex');

let pool: LanePool;
let events: LaneEvent[];
afterEach(() => pool.close());
afterAll(() => rmSync(folder, { recursive: true }));

async function start(options: Partial<LanePoolOptions>): Promise<void> {
  events = [];
  writeFileSync(model, negate);
  pool = await LanePool.start({
    lanes: 1,
    threadsPerLane: 1,
    provider: 'cpu',
    restartDelay: { firstMilliseconds: 20, longestMilliseconds: 80 },
    onEvent: (event) => events.push(event),
    ...options,
  });
}

const count = (type: LaneEvent['type']) => events.filter((event) => event.type === type).length;
const eventually = (type: LaneEvent['type'], times: number) =>
  expect.poll(() => count(type), { timeout: 20_000 }).toBeGreaterThanOrEqual(times);
const killFirst = () => process.kill(pool.lanes[0]?.pid as number, 'SIGKILL');
const vector = (...values: number[]) => ({ x: float32([values.length], values) });
const answers = async (times: number) => {
  const runs = Array.from({ length: times }, () => pool.run('negate', vector(5)));
  return new Set((await Promise.all(runs)).map(({ outputs }) => outputs.y?.data[0]));
};

describe('a model file that was overwritten in place', () => {
  it('is not opened at all when it is another than was asked for', async () => {
    await start({});
    writeFileSync(model, other);
    await expect(pool.load('negate', model, sha256)).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringMatching(/model\.onnx has sha256 [0-9a-f]{64}, expected .*overwritten/),
    });
    rmSync(model);
    await expect(pool.load('negate', model, sha256)).rejects.toThrow(/model\.onnx cannot be read: ENOENT/);
  });

  it('is not served by the lane that restarts, until it is what it was', async () => {
    await start({ lanes: 2 });
    await pool.load('negate', model, sha256);
    writeFileSync(model, other);
    killFirst();
    await eventually('load-failed', 1);
    expect(await answers(8)).toEqual(new Set([-5]));
    const loaded = count('loaded');
    writeFileSync(model, negate);
    await eventually('loaded', loaded + 1);
    expect(await answers(8)).toEqual(new Set([-5]));
  });

  it('is not handed to the successor of a lane that is too large', async () => {
    await start({ memoryCeilingBytes: 1 });
    await pool.load('negate', model, sha256);
    writeFileSync(model, other);
    expect(await answers(1)).toEqual(new Set([-5]));
    await eventually('recycling-failed', 1);
    expect(await answers(2)).toEqual(new Set([-5]));
    expect(count('recycled')).toBe(0);
  });
});

describe('a model that was warmed up', () => {
  /** What the warm-up run leaves behind in a lane's memory shows that it happened. */
  const large = { x: float32([16_000_000], new Float32Array(16_000_000)) };
  const residentAfterRun = async () => {
    await pool.run('negate', vector(1));
    return pool.lanes[0]?.residentBytes as number;
  };

  it('is warm on the lane that restarts before that takes runs', async () => {
    await start({});
    await pool.load('negate', model, sha256);
    const cold = await residentAfterRun();
    await pool.warmUp('negate', large);
    // Of another size, as one that measures batches does.
    await pool.warmUp('negate', vector(1, 2));
    killFirst();
    await eventually('restarted', 1);
    expect(await residentAfterRun()).toBeGreaterThan(cold + 40e6);
  });

  it('is warm on the successor of a lane that was too large', async () => {
    await start({ memoryCeilingBytes: 1 });
    await pool.load('negate', model, sha256);
    const cold = await residentAfterRun();
    await eventually('recycled', 1);
    expect(await residentAfterRun()).toBeLessThan(cold + 40e6);
    await pool.warmUp('negate', large);
    const before = pool.lanes[0]?.pid;
    const pidAfterRun = () => residentAfterRun().then(() => pool.lanes[0]?.pid);
    await expect.poll(pidAfterRun, { timeout: 20_000 }).not.toBe(before);
    await eventually('recycled', 2);
    expect(await residentAfterRun()).toBeGreaterThan(cold + 40e6);
  });
});
