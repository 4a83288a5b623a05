import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { type Tensor, tensor } from '../core/tensor.ts';
import { LanePool } from '../runtime/index.ts';
import { sampleCode } from './guidance/attribute-code.ts';
import { Scheduler } from './scheduler.ts';
import { tinyCodeSize, writeExemplarGuidedPackage } from './testing/model-package.ts';
import { unhurried, type Work } from './work.ts';

/** Networks on a real lane, in batches that the scheduler makes: the generator that is shipped, and those of a model of many pictures. */
const generator = path.resolve(import.meta.dirname, '../../models/horse2zebra/2/generator.onnx');
const largest = 8;
const side = 64;

let pool: LanePool;
let scheduler: Scheduler;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unpaired-batches-'));
  pool = await LanePool.start({ lanes: 1, threadsPerLane: 2, provider: 'cpu' });
  await pool.load('feed-forward', generator);
  const many = await writeExemplarGuidedPackage(folder, { name: 'many' });
  for (const network of ['content-encoder', 'attribute-encoder', 'generator'])
    await pool.load(network, path.join(many, `${network}.onnx`));
  scheduler = new Scheduler(
    pool,
    { queueLimit: 64, maxBatch: largest, maxBatchDelay: 0, priorityStep: 0, prefetch: 0 },
    { batchDone: () => {}, dropped: () => {} },
  );
});
afterAll(async () => {
  await pool?.close();
  await rm(folder, { recursive: true, force: true });
});

function picture(seed: number): Record<string, Tensor> {
  const random = Random.of(seed);
  const data = Uint8Array.from({ length: side * side * 3 }, () => random.integer(256));
  return { picture: tensor('uint8', [1, side, side, 3], data) };
}

/** Content and code; every second content is that of the one before, as of several outputs of one request. */
function contentAndCode(seed: number): Record<string, Tensor> {
  const random = Random.of(seed >> 1, 'content');
  const content = random.fill(16 * 16 * 16, (each) => each.normal());
  return {
    content: tensor('float32', [1, 16, 16, 16], content),
    attribute: tensor('float32', [1, tinyCodeSize], Float32Array.from(sampleCode(seed, 0, tinyCodeSize))),
  };
}

it.each([
  ['feed-forward', picture],
  ['content-encoder', picture],
  ['attribute-encoder', picture],
  ['generator', contentAndCode],
])(
  `%s: an item in a batch of any size up to ${largest} is, bit for bit, the item alone`,
  async (network, feedsOf) => {
    const work = (seed: number): Work => ({
      ...unhurried,
      network,
      feeds: feedsOf(seed),
      maxBatch: largest,
      signal: new AbortController().signal,
    });
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
  },
);

const run = (each: Work) => scheduler.run(each);
