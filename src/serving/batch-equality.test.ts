import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { type Tensor, tensor } from '../core/tensor.ts';
import { LanePool } from '../runtime/index.ts';
import { Scheduler } from './scheduler.ts';
import { unhurried, type Work } from './work.ts';

/** The generator that is shipped, on a real lane, in batches that the scheduler makes. */
const generator = path.resolve(import.meta.dirname, '../../models/horse2zebra/2/generator.onnx');
const largest = 8;
const side = 64;

let pool: LanePool;
let scheduler: Scheduler;

beforeAll(async () => {
  pool = await LanePool.start({ lanes: 1, threadsPerLane: 2, provider: 'cpu' });
  await pool.load('generator', generator);
  scheduler = new Scheduler(
    pool,
    { queueLimit: 64, maxBatch: largest, maxBatchDelay: 0, priorityStep: 0, prefetch: 0 },
    { batchDone: () => {}, dropped: () => {} },
  );
});
afterAll(() => pool?.close());

function picture(seed: number): Record<string, Tensor> {
  const random = Random.of(seed);
  const data = Uint8Array.from({ length: side * side * 3 }, () => random.integer(256));
  return { picture: tensor('uint8', [1, side, side, 3], data) };
}

const work = (seed: number): Work => ({
  ...unhurried,
  network: 'generator',
  feeds: picture(seed),
  maxBatch: largest,
  signal: new AbortController().signal,
});

it(`a picture in a batch of any size up to ${largest} is, bit for bit, the picture alone`, async () => {
  const seeds = Array.from({ length: largest }, (_, index) => index);
  const alone: unknown[] = [];
  for (const seed of seeds) alone.push((await scheduler.run(work(seed))).outputs);
  expect(new Set(alone.map((outputs) => JSON.stringify(outputs))).size).toBe(largest);
  for (let size = 2; size <= largest; size++) {
    // The first occupies the lane; the others queue up behind it and share the next run.
    const [, ...batch] = await Promise.all([work(99), ...seeds.slice(0, size).map(work)].map(run));
    expect(batch.map(({ batchItems }) => batchItems)).toEqual(batch.map(() => size));
    expect(batch.map(({ outputs }) => outputs)).toEqual(alone.slice(0, size));
  }
});

const run = (each: Work) => scheduler.run(each);
