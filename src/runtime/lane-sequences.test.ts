import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { float32, int64 } from '../core/tensor.ts';
import { slowModel, tinyModel } from '../testing/tiny-model.ts';
import { LanePool, type LanePoolOptions } from './lane-pool.ts';

/** Room of a sequence: a step of 64 tokens, since the network below takes the mean over it. */
const room = 64;
/** Logits of a token are its own value, and the mean of the keys over the room: those are the values. */
const network = tinyModel({
  inputs: [
    { name: 'tokens', dtype: 'int64', shape: ['n', 's'] },
    { name: 'lengths', dtype: 'int64', shape: ['n'] },
    { name: 'keys_0', dtype: 'float32', shape: ['n', 1, 'c', 1] },
    { name: 'values_0', dtype: 'float32', shape: ['n', 1, 'c', 1] },
  ],
  outputs: [
    { name: 'logits', dtype: 'float32', shape: ['n', 's', 1, 1] },
    { name: 'new_keys_0', dtype: 'float32', shape: ['n', 1, 's', 1] },
    { name: 'new_values_0', dtype: 'float32', shape: ['n', 1, 's', 1] },
  ],
  weights: { table: { shape: [5, 1, 1], values: Float32Array.of(0, 64, 128, 192, 256) } },
  nodes: [
    { operator: 'Gather', inputs: ['table', 'tokens'], outputs: ['own'] },
    { operator: 'ReduceMean', inputs: ['keys_0'], outputs: ['mean'], integers: { axes: [2, 3] } },
    { operator: 'Add', inputs: ['own', 'mean'], outputs: ['logits'] },
    { operator: 'Transpose', inputs: ['own'], outputs: ['new_keys_0'], integers: { perm: [0, 2, 1, 3] } },
    { operator: 'Identity', inputs: ['new_keys_0'], outputs: ['new_values_0'] },
  ],
});
const sequenceBytes = 2 * room * 4;

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-sequences-'));
const file = path.join(folder, 'sums.onnx');
const slow = path.join(folder, 'slow.onnx');
writeFileSync(file, network);
writeFileSync(slow, slowModel(40));
const slowFeeds = { x: float32([768, 768], new Float32Array(768 * 768)) };

const pools: LanePool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(options: Partial<LanePoolOptions> = {}) {
  const pool = await LanePool.start({ lanes: 2, threadsPerLane: 1, provider: 'cpu', ...options });
  pools.push(pool);
  await pool.load('sums', file);
  /** One step of a sequence, on a lane. */
  const step = async (sequence: string, position: number, token: number, lane?: number) => {
    const feeds = { tokens: int64([1, 1], [token]) };
    const {
      outputs,
      missing,
      lane: made,
    } = await pool.run('sums', feeds, {
      lane,
      steps: [{ sequence, position, count: 1 }],
    });
    return { logits: outputs.logits?.data[0], missing, lane: made };
  };
  return { pool, step, bytes: () => pool.lanes.map(({ cacheBytes }) => cacheBytes) };
}

describe('LanePool, with sequences', () => {
  it('keeps them on the lane that ran them, and answers without the keys and values', async () => {
    const { pool, step, bytes } = await start();
    expect(await step('a', 0, 1, 1)).toEqual({ logits: 64, missing: [], lane: 1 });
    expect(await step('a', 1, 2, 1)).toEqual({ logits: 128 + 1, missing: [], lane: 1 });
    expect(bytes()).toEqual([0, sequenceBytes]);
    expect(await step('a', 2, 1, 0)).toEqual({ logits: undefined, missing: [0], lane: 0 });
    const { outputs } = await pool.run(
      'sums',
      { tokens: int64([2, 2], [4, 0, 3, 1]) },
      {
        lane: 1,
        steps: [
          { sequence: 'b', position: 0, count: 1 },
          { sequence: 'a', position: 2, count: 2 },
        ],
      },
    );
    expect(outputs).toEqual({ logits: float32([2, 1, 1], [256, 64 + 3]) });
    pool.forget('a');
    pool.forget('b');
    await vi.waitFor(() => expect(bytes()).toEqual([0, 0]));
  });

  it('lets a step wait for its lane, while other runs pass it and idle lanes take what is prefetched', async () => {
    const { pool, step } = await start();
    await pool.load('slow', slow);
    await step('a', 0, 1, 0);
    const order: string[] = [];
    const note = async <T>(name: string, run: Promise<T>) => {
      const result = await run;
      order.push(name);
      return result;
    };
    const busy = note('slow', pool.run('slow', slowFeeds, { lane: 0 }));
    const steps = [2, 3].map((token, index) => note(`step ${index}`, step('a', 1, token, 0)));
    const other = note('other', step('b', 0, 4));
    expect((await other).lane).toBe(1);
    expect((await Promise.all(steps)).map(({ lane, missing }) => [lane, missing])).toEqual([
      [0, []],
      [0, []],
    ]);
    await busy;
    expect(order).toEqual(['other', 'slow', 'step 0', 'step 1']);
  });

  it('tells that they are lost with their lane, whichever runs the step then', async () => {
    const { pool, step, bytes } = await start({ lanes: 1 });
    await step('a', 0, 1);
    process.kill(pool.lanes[0]?.pid as number, 'SIGKILL');
    await vi.waitFor(() => expect(pool.lanes[0]?.state).toBe('dead'));
    expect(bytes()).toEqual([0]);
    pool.forget('nobody');
    expect(await step('a', 1, 2)).toEqual({ logits: undefined, missing: [0], lane: 0 });
    expect((await step('a', 0, 3)).logits).toBe(192);
  });

  it('closes them with their model, and keeps to the ceiling', async () => {
    const { pool, step, bytes } = await start({ lanes: 1, cacheCeilingBytes: 2 * sequenceBytes });
    for (const name of ['a', 'b', 'c']) await step(name, 0, 1);
    expect(bytes()).toEqual([2 * sequenceBytes]);
    expect((await step('a', 1, 1)).missing).toEqual([0]);
    await pool.unload('sums');
    await pool.load('sums', file);
    expect((await step('c', 1, 1)).missing).toEqual([0]);
    expect(bytes()).toEqual([0]);
  });

  it('passes on that a model keeps none', async () => {
    const { pool } = await start({ lanes: 1 });
    await pool.load('slow', slow);
    const steps = [{ sequence: 'a', position: 0, count: 1 }];
    await expect(pool.run('slow', { x: float32([1, 1], [0]) }, { steps })).rejects.toMatchObject({
      code: 'FEEDS_INVALID',
      message: expect.stringMatching(/^a model that goes on with sequences has inputs keys_0 .*, got x \[/),
    });
  });
});
