import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CodeMapSampling } from './core/code-map/code-map-sampling.ts';
import { coordinateTokens } from './core/code-map/coordinates.ts';
import { unknownMap } from './core/code-map/partial-map.ts';
import { Random } from './core/random.ts';
import { float32 } from './core/tensor.ts';
import { initializeNetwork } from './nn/initialize.ts';
import { codeTransformer } from './nn/networks/code-transformer/code-transformer.ts';
import { codeStepGraph } from './nn/networks/code-transformer/step-graph.ts';
import { describeNetwork } from './nn/sources.ts';
import { optimize } from './onnx/passes/index.ts';
import { serialize } from './onnx/serialize.ts';
import { LanePool, type LanePoolOptions } from './runtime/index.ts';
import { NetworkRuns } from './serving/network-runs.ts';
import { drawCodeMap } from './serving/sampling/draw-code-map.ts';
import { Scheduler } from './serving/scheduler.ts';
import { StageClock } from './serving/stage-clock.ts';
import type { Translator } from './serving/translators/translator.ts';
import { unhurried } from './serving/work.ts';
import { unaryModel } from './testing/tiny-model.ts';

/** Maps drawn by the network that nn writes, with the scheduler of serving, on the lanes of runtime. */

const sizes = { vocabulary: 24, positions: 64, layers: 2, heads: 2, width: 16 };
const window = { height: 4, width: 4 };
const coordinates = coordinateTokens(window, 4, sizes.vocabulary);
/** Wider than the window: two windows are under way at times. */
const mapSize = { height: 4, width: 6 };
/** Keys and values of two layers, 64 tokens of 16 features. */
const sequenceBytes = 2 * 2 * 64 * 16 * 4;
const seeds = Array.from({ length: 10 }, (_, index) => 100 + index);

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-sampling-'));
const file = path.join(folder, 'transformer.onnx');
const transformer = codeTransformer(sizes);
const weights = initializeNetwork(
  describeNetwork((scope) => transformer.forward(scope, scope.graph.input('tokens', 'int64', [1, 5]))),
  { type: 'xavier', gain: 3 },
  Random.of(4),
);
writeFileSync(file, serialize(optimize(codeStepGraph(transformer, weights))));
const negate = path.join(folder, 'negate.onnx');
writeFileSync(negate, unaryModel('Neg', 'float32'));

const pools: LanePool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(options: Partial<LanePoolOptions> = {}) {
  const pool = await LanePool.start({
    lanes: 2,
    threadsPerLane: 1,
    provider: 'cpu',
    restartDelay: { firstMilliseconds: 20, longestMilliseconds: 80 },
    ...options,
  });
  pools.push(pool);
  await pool.load('transformer', file);
  const batchDone = vi.fn();
  const scheduler = new Scheduler(
    pool,
    { queueLimit: 64, maxBatch: 1, maxStepBatch: 16, maxBatchDelay: 0, priorityStep: 10_000, prefetch: 1 },
    { batchDone, dropped: () => {} },
  );
  const model = {
    translator: { maxBatch: () => 16 } as Pick<Translator, 'maxBatch'> as Translator,
    networkKey: (network: string) => network,
  };
  const draw = async (
    seed: number,
    { signal = new AbortController().signal, report = (_: number) => {} } = {},
  ) => {
    const runs = new NetworkRuns({ model, scheduler, clock: new StageClock(), urgency: unhurried, signal });
    const { codes } = await drawCodeMap(
      new CodeMapSampling(unknownMap(mapSize), { window, coordinates, conditioning: 'whole' }),
      { runs: runs.sequences('transformer'), random: Random.of(seed, 'codes'), report },
    );
    return codes.join();
  };
  const cacheBytes = () => pool.lanes.map((lane) => lane.cacheBytes);
  return { pool, scheduler, draw, cacheBytes, batchDone };
}

/** Resolves when a map is drawn so far; its `report` is to be told. */
function reaching(fraction: number) {
  let report = (_: number) => {};
  const reached = new Promise<void>((resolve) => {
    report = (done) => {
      if (done >= fraction) resolve();
    };
  });
  return { reached, report };
}

/** What each map is when nothing else runs, on lanes that nothing happens to. */
const expected: string[] = [];
beforeAll(async () => {
  const { draw } = await start({ lanes: 1 });
  for (const seed of seeds) expected.push(await draw(seed));
  expect(new Set(expected).size).toBe(seeds.length);
});

describe('maps that are drawn on lanes', () => {
  it('are each what it is alone, ten at once, and leave nothing there', async () => {
    const { draw, cacheBytes, batchDone } = await start();
    expect(await Promise.all(seeds.map((seed) => draw(seed)))).toEqual(expected);
    await vi.waitFor(() => expect(cacheBytes()).toEqual([0, 0]));
    const items = batchDone.mock.calls.map(([batch]) => batch.items as number);
    expect(items.reduce((sum, count) => sum + count, 0)).toBe(seeds.length * 24);
    // Steps share runs where they bring about as many tokens, which maps that are not at the same place do not always.
    expect(items.length).toBeLessThan((seeds.length * 24) / 1.5);
  });

  it('are the same when a lane is killed in the middle', async () => {
    const { pool, draw, cacheBytes } = await start();
    const { reached, report } = reaching(0.5);
    const maps = seeds.map((seed) => draw(seed, { report }));
    await reached;
    process.kill(pool.lanes[0]?.pid as number, 'SIGKILL');
    expect(await Promise.all(maps)).toEqual(expected);
    expect(pool.lanes[0]?.restartReasons.died).toBe(1);
    await vi.waitFor(() => expect(cacheBytes()).toEqual([0, 0]));
  });

  it('are the same when the only lane is killed, and when one is replaced since it is large', async () => {
    const { pool, draw } = await start({ lanes: 1, memoryCeilingBytes: 1 });
    const { reached, report } = reaching(0.3);
    const maps = seeds.map((seed) => draw(seed, { report }));
    await reached;
    process.kill(pool.lanes[0]?.pid as number, 'SIGKILL');
    expect(await Promise.all(maps)).toEqual(expected);
    expect(pool.lanes[0]?.restarts).toBeGreaterThan(0);
  });

  it('are the same when lanes may keep next to nothing, and these do not keep more', async () => {
    const ceiling = 3 * sequenceBytes;
    const { draw, cacheBytes } = await start({ cacheCeilingBytes: ceiling });
    let most = 0;
    const report = () => {
      most = Math.max(most, ...cacheBytes());
    };
    expect(await Promise.all(seeds.map((seed) => draw(seed, { report })))).toEqual(expected);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(ceiling);
  });

  it('stop with their client, whose cache is free at once, and others go on', async () => {
    const { draw, cacheBytes, batchDone } = await start({ lanes: 1 });
    const leaving = new AbortController();
    const { reached, report } = reaching(0.25);
    const left = draw(1, { signal: leaving.signal, report });
    const staying = draw(seeds[0] as number);
    await reached;
    const runs = batchDone.mock.calls.length;
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'CLIENT_LEFT' });
    // What its lane was at, and no step more.
    expect(batchDone.mock.calls.length).toBeLessThanOrEqual(runs + 1);
    expect(await staying).toBe(expected[0]);
    await vi.waitFor(() => expect(cacheBytes()).toEqual([0]));
  });

  it('share the lanes with fifty runs, each of which is begun by its deadline, and nothing changes for either', async () => {
    const { pool, scheduler, draw, batchDone } = await start({ lanes: 1 });
    await pool.load('negate', negate);
    const { reached, report } = reaching(0.1);
    const maps = Promise.all(seeds.map((seed) => draw(seed, { report })));
    await reached;
    const deadline = performance.now() + 60_000;
    const runs = Array.from({ length: 50 }, async (_, value) => {
      const { signal } = new AbortController();
      const feeds = { x: float32([1], [value]) };
      const work = { ...unhurried, network: 'negate', feeds, maxBatch: 16, deadline, signal };
      const { outputs, batchItems } = await scheduler.run(work);
      expect(outputs.y).toEqual(float32([1], [-value]));
      expect(batchItems).toBe(1);
    });
    await Promise.all(runs);
    // They were between the steps, and did not wait for the end of the maps.
    const networks = batchDone.mock.calls.map(([batch]) => batch.network as string);
    expect(networks.slice(networks.indexOf('negate'), networks.lastIndexOf('negate'))).toContain(
      'transformer',
    );
    expect(await maps).toEqual(expected);
  });

  it('take turns with other runs, and neither starves', async () => {
    const { pool, scheduler, draw, batchDone } = await start({ lanes: 1 });
    await pool.load('negate', negate);
    let over = false;
    const others = Array.from({ length: 4 }, async () => {
      const { signal } = new AbortController();
      const feeds = { x: float32([1], [2]) };
      while (!over) {
        const { outputs } = await scheduler.run({
          ...unhurried,
          network: 'negate',
          feeds,
          maxBatch: 1,
          signal,
        });
        expect(outputs.y).toEqual(float32([1], [-2]));
      }
    });
    expect(await Promise.all(seeds.slice(0, 3).map((seed) => draw(seed)))).toEqual(expected.slice(0, 3));
    over = true;
    await Promise.all(others);
    const steps = batchDone.mock.calls.filter(([{ network }]) => network === 'transformer').length;
    const runs = batchDone.mock.calls.length - steps;
    expect(runs).toBeGreaterThanOrEqual(steps - 1);
    // Two between two steps, since the lane has been given two when a sequence asks; and a few before and after all.
    expect(runs).toBeLessThan(3 * steps);
  });
});
