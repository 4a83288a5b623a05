import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { float32 } from '../core/tensor.ts';
import { slowModel } from '../testing/tiny-model.ts';
import { LanePool } from './lane-pool.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-warm-up-'));
const slow = path.join(folder, 'slow.onnx');
/** 20 products of 768 x 768 matrices: some hundred milliseconds on one thread. */
writeFileSync(slow, slowModel(20));
const feeds = { x: float32([768, 768], new Float32Array(768 * 768)) };

let pool: LanePool;
afterEach(() => pool.close());
afterAll(() => rmSync(folder, { recursive: true }));

async function start(lanes: number): Promise<void> {
  const restartDelay = { firstMilliseconds: 20, longestMilliseconds: 80 };
  pool = await LanePool.start({ lanes, threadsPerLane: 1, provider: 'cpu', restartDelay });
  await pool.load('slow', slow);
}

const kill = (index: number) => process.kill(pool.lanes[index]?.pid as number, 'SIGKILL');

it('a lane that is lost is left out, and what no lane can run is an error', async () => {
  await start(2);
  const warming = pool.warmUp('slow', feeds);
  await sleep(30);
  kill(0);
  await warming;
  await expect(pool.warmUp('slow', { x: float32([1], [1]) })).rejects.toMatchObject({
    code: expect.stringMatching(/FEEDS_INVALID|RUN_FAILED/),
  });
});

it('when every lane is lost it is tried once more, and given up where lanes die of it', async () => {
  await start(1);
  const warming = pool.warmUp('slow', feeds);
  await sleep(30);
  kill(0);
  await warming;
  expect(pool.lanes[0]?.restarts).toBe(1);
  const deadly = expect(pool.warmUp('slow', feeds)).rejects.toMatchObject({ code: 'LANE_DIED' });
  for (const restarts of [1, 2, 3]) {
    await expect.poll(() => pool.lanes[0]?.restarts, { timeout: 20_000, interval: 5 }).toBe(restarts);
    if (restarts > 1)
      await expect.poll(() => pool.lanes[0]?.state, { timeout: 20_000, interval: 5 }).toBe('busy');
    await sleep(30);
    kill(0);
  }
  await deadly;
});
