import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { float32, type Tensor, tensor } from '../core/tensor.ts';
import { slowModel, unaryModel } from '../testing/tiny-model.ts';
import type { LaneEvent } from './lane-events.ts';
import { LanePool, type LanePoolOptions } from './lane-pool.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'unpaired-lanes-'));
const file = (name: string, content: Uint8Array) => {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
};
const negate = file('negate.onnx', unaryModel('Neg', 'float32'));
const absolute = file('absolute.onnx', unaryModel('Abs', 'float32'));
const bytes = file('bytes.onnx', unaryModel('Identity', 'uint8'));
/** 40 products of 768 x 768 matrices: about half a second on one thread. */
const slow = file('slow.onnx', slowModel(40));
const slowFeeds = { x: float32([768, 768], new Float32Array(768 * 768)) };

const pools: LanePool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function startPool(options: Partial<LanePoolOptions> = {}) {
  const events: LaneEvent[] = [];
  const pool = await LanePool.start({
    lanes: 1,
    threadsPerLane: 1,
    provider: 'cpu',
    restartDelay: { firstMilliseconds: 20, longestMilliseconds: 80 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  pools.push(pool);
  return { pool, events };
}

const vector = (...values: number[]) => ({ x: float32([values.length], values) });

async function eventually(condition: () => boolean): Promise<void> {
  for (let attempt = 0; !condition(); attempt++) {
    if (attempt > 2000) throw new Error('the condition did not come true in 20 s');
    await sleep(10);
  }
}

function killLane(pool: LanePool, index: number): void {
  const pid = pool.lanes[index]?.pid;
  if (pid === undefined) throw new Error(`lane ${index} has no process`);
  process.kill(pid, 'SIGKILL');
}

describe('LanePool', () => {
  it('runs several models in processes of their own', async () => {
    const { pool, events } = await startPool({ lanes: 2 });
    const model = await pool.load('negate', negate);
    await pool.load('absolute', absolute);
    expect(model).toMatchObject({ inputNames: ['x'], outputNames: ['y'] });
    expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['n'] }]);
    const answers = await Promise.all([
      pool.run('negate', vector(1, -2)),
      pool.run('absolute', vector(1, -2)),
    ]);
    expect(answers.map(({ outputs }) => outputs.y)).toEqual([float32([2], [-1, 2]), float32([2], [1, 2])]);
    expect(answers[0]?.laneMilliseconds).toBeGreaterThan(0);
    expect(pool.lanes.map(({ state, restarts, provider }) => ({ state, restarts, provider }))).toEqual([
      { state: 'idle', restarts: 0, provider: 'cpu' },
      { state: 'idle', restarts: 0, provider: 'cpu' },
    ]);
    expect(pool.lanes.every(({ pid }) => pid !== process.pid)).toBe(true);
    expect(events.filter(({ type }) => type === 'started')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'loaded')).toHaveLength(4);
  });

  it('sends only the window of a larger array, and answers with arrays that own their memory', async () => {
    const { pool } = await startPool();
    await pool.load('bytes', bytes);
    const picture = Buffer.alloc(300_000, 7).subarray(100_000, 100_003);
    const { outputs } = await pool.run('bytes', { x: tensor('uint8', [3], picture) });
    expect(outputs.y).toEqual(tensor('uint8', [3], Uint8Array.of(7, 7, 7)));
    expect(outputs.y?.data.buffer.byteLength).toBe(3);
  });

  it('answers each of many runs with its own result, in any mixture of sizes', async () => {
    const { pool } = await startPool({ lanes: 2 });
    await pool.load('negate', negate);
    const runs = Array.from({ length: 60 }, async (_, index) => {
      const size = index % 3 === 0 ? 500_000 : 3;
      const { outputs } = await pool.run('negate', {
        x: float32([size], new Float32Array(size).fill(index)),
      });
      const { dims, data } = outputs.y as Tensor<'float32'>;
      expect(dims).toEqual([size]);
      expect(data.every((value) => value === -index)).toBe(true);
    });
    await Promise.all(runs);
    expect(pool.idleLanes).toBe(2);
  });

  it('passes on errors of the feeds and of the run without losing the lane', async () => {
    const { pool } = await startPool();
    await pool.load('negate', negate);
    await expect(pool.run('negate', { picture: float32([1], [1]) })).rejects.toMatchObject({
      name: 'FeedsError',
      code: 'FEEDS_INVALID',
      status: 422,
      message: "the model's inputs are x, got picture",
    });
    await expect(pool.run('negate', { x: float32([1, 1], [1]) })).rejects.toMatchObject({
      code: 'RUN_FAILED',
      message: expect.stringContaining('Invalid rank for input: x'),
    });
    await expect(pool.run('nothing', vector(1))).rejects.toMatchObject({
      code: 'MODEL_NOT_LOADED',
      message: 'model nothing is not loaded; loaded are negate',
    });
    expect((await pool.run('negate', vector(1))).outputs.y).toEqual(float32([1], [-1]));
    expect(pool.lanes[0]?.restarts).toBe(0);
  });

  it('rejects a model that cannot be opened with the reason, and keeps the lanes', async () => {
    const { pool, events } = await startPool();
    await pool.load('negate', negate);
    const broken = file('broken.onnx', Uint8Array.of(1, 2, 3));
    await expect(pool.load('broken', broken)).rejects.toMatchObject({
      name: 'ModelLoadError',
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringMatching(/^cannot open .*broken\.onnx: .*[Pp]rotobuf parsing failed/),
    });
    expect(events.at(-1)).toMatchObject({ type: 'load-failed', lane: 0, key: 'broken' });
    await expect(pool.run('broken', vector(1))).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    expect((await pool.run('negate', vector(1))).outputs.y).toEqual(float32([1], [-1]));
    expect(pool.lanes[0]).toMatchObject({ state: 'idle', restarts: 0 });
  });

  it('refuses a key that is taken, and frees it with unload', async () => {
    const { pool } = await startPool();
    await pool.load('model', negate);
    await expect(pool.load('model', absolute)).rejects.toThrow('model model is loaded or being loaded');
    const [last] = await Promise.all([pool.run('model', vector(5)), pool.unload('model')]);
    expect(last.outputs.y).toEqual(float32([1], [-5]));
    await expect(pool.run('model', vector(5))).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    await pool.load('model', absolute);
    expect((await pool.run('model', vector(-5))).outputs.y).toEqual(float32([1], [5]));
  });

  it('refuses a provider that does not work in one line, and tells the note of auto', async () => {
    const cuda = { provider: 'cuda', deviceId: 9999 } as const;
    await expect(startPool(cuda)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringMatching(/^provider cuda does not work here.*CUDA 12 and cuDNN 9[^\n]*$/),
    });
    const { pool, events } = await startPool({ provider: 'auto', deviceId: 9999 });
    expect(pool.lanes[0]?.provider).toBe('cpu');
    expect(events[0]).toMatchObject({
      type: 'started',
      note: expect.stringMatching(/^running on the CPU: .*cuda/),
    });
  });

  it('refuses a senseless number of lanes', async () => {
    await expect(startPool({ lanes: 0 })).rejects.toThrow(
      'the number of lanes must be a whole number from 1 up, got 0',
    );
  });
});

describe('LanePool, when a lane dies', () => {
  it('retries the run that it was at, and those behind it, on a new lane with the models open again', async () => {
    const { pool, events } = await startPool();
    await pool.load('slow', slow);
    await pool.load('negate', negate);
    const killed = pool.lanes[0]?.pid;
    const runs = [pool.run('slow', slowFeeds), pool.run('negate', vector(1)), pool.run('negate', vector(2))];
    await sleep(150);
    expect(pool.lanes[0]?.state).toBe('busy');
    killLane(pool, 0);
    const [first, second, third] = await Promise.all(runs);
    expect(first?.outputs.y?.dims).toEqual([768, 768]);
    expect([second, third].map((run) => run?.outputs.y)).toEqual([float32([1], [-1]), float32([1], [-2])]);
    expect(pool.lanes[0]).toMatchObject({ state: 'idle', restarts: 1 });
    expect(pool.lanes[0]?.pid).not.toBe(killed);
    expect(events.map(({ type }) => type).filter((type) => !type.startsWith('load'))).toEqual([
      'started',
      'died',
      'restarted',
    ]);
    expect(events.find(({ type }) => type === 'died')).toMatchObject({
      pid: killed,
      reason: 'was ended by SIGKILL',
    });
  });

  it('goes on with the other lane at once', async () => {
    const { pool } = await startPool({
      lanes: 2,
      restartDelay: { firstMilliseconds: 60_000, longestMilliseconds: 60_000 },
    });
    await pool.load('slow', slow);
    const run = pool.run('slow', slowFeeds);
    await sleep(100);
    killLane(pool, 0);
    expect((await run).outputs.y?.dims).toEqual([768, 768]);
    expect(pool.lanes.map(({ state }) => state)).toEqual(['dead', 'idle']);
    expect(pool.idleLanes).toBe(1);
  });

  it('gives up a run at the second death, and lets one that only stood behind it live', async () => {
    const { pool } = await startPool();
    await pool.load('slow', slow);
    await pool.load('negate', negate);
    const poison = pool.run('slow', slowFeeds);
    const innocent = pool.run('negate', vector(3));
    const verdict = expect(poison).rejects.toMatchObject({
      name: 'LaneDiedError',
      code: 'LANE_DIED',
      status: 500,
      message: 'a run of model slow lost its lane 2 times; the last time, lane 0 was ended by SIGKILL',
    });
    for (const death of [0, 1]) {
      await eventually(() => pool.lanes[0]?.restarts === death && pool.lanes[0].state === 'busy');
      await sleep(50);
      killLane(pool, 0);
    }
    await verdict;
    expect((await innocent).outputs.y).toEqual(float32([1], [-3]));
  });

  it('opens a model again whose lane died meanwhile', async () => {
    const { pool } = await startPool();
    const loading = pool.load('negate', negate);
    killLane(pool, 0);
    await loading;
    expect((await pool.run('negate', vector(1))).outputs.y).toEqual(float32([1], [-1]));
    expect(pool.lanes[0]?.restarts).toBe(1);
  });

  it('gives up a model whose opening loses two lanes', async () => {
    // Opening a pipe that nobody writes to never ends, so the lane is surely opening it when it dies.
    const endless = path.join(folder, 'endless.onnx');
    execFileSync('mkfifo', [endless]);
    let deadly = false;
    // The new lane has the old model open, so the next thing that it is sent is the one being loaded.
    const onEvent = ({ type }: LaneEvent) => type === 'loaded' && deadly && killLane(pool, 0);
    const { pool } = await startPool({ onEvent });
    await pool.load('negate', negate);
    deadly = true;
    const verdict = expect(pool.load('endless', endless)).rejects.toThrow(
      `lanes died 2 times while opening ${endless}`,
    );
    killLane(pool, 0);
    await verdict;
    deadly = false;
    expect((await pool.run('negate', vector(1))).outputs.y).toEqual(float32([1], [-1]));
  });

  it('counts a run that takes too long as a death', async () => {
    const { pool, events } = await startPool({ runTimeoutMilliseconds: 100 });
    await pool.load('slow', slow);
    await expect(pool.run('slow', slowFeeds)).rejects.toMatchObject({ code: 'LANE_DIED' });
    expect(events.find(({ type }) => type === 'died')).toMatchObject({
      reason: 'was killed: a run took more than 100 ms',
    });
  });

  it('waits longer and longer before it opens a model again that a new lane cannot open, and serves the others', async () => {
    const { pool, events } = await startPool();
    const vanishing = file('vanishing.onnx', unaryModel('Neg', 'float32'));
    await pool.load('vanishing', vanishing);
    await pool.load('negate', negate);
    rmSync(vanishing);
    killLane(pool, 0);
    const failures = () => events.filter(({ type }) => type === 'load-failed').length;
    await eventually(() => failures() > 0);
    expect((await pool.run('negate', vector(1))).outputs.y).toEqual(float32([1], [-1]));
    await eventually(() => failures() >= 3);
    await expect(pool.run('vanishing', vector(1))).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringMatching(/^model vanishing is open on no lane: cannot open .*doesn't exist/),
    });
    const failuresAtFirst = failures();
    await sleep(400);
    // Pauses of 80 ms, the longest: five at most in this time, and a loop without pause would make hundreds.
    expect(failures() - failuresAtFirst).toBeLessThanOrEqual(6);
    file('vanishing.onnx', unaryModel('Neg', 'float32'));
    await eventually(() => events.at(-1)?.type === 'loaded');
    expect((await pool.run('vanishing', vector(2))).outputs.y).toEqual(float32([1], [-2]));
    expect(pool.lanes[0]?.restarts).toBe(1);
  });

  it('replaces an idle lane too, with a pause that grows while no run succeeds', async () => {
    const { pool, events } = await startPool();
    for (const restarts of [0, 1, 2, 3]) {
      await eventually(() => pool.lanes[0]?.state === 'idle' && pool.lanes[0].restarts === restarts);
      killLane(pool, 0);
      await eventually(() => events.filter(({ type }) => type === 'died').length === restarts + 1);
    }
    const pauses = events.map((event) => (event.type === 'died' ? event.restartInMilliseconds : undefined));
    expect(pauses.filter((pause) => pause !== undefined)).toEqual([20, 40, 80, 80]);
  });
});

describe('LanePool, sharing out', () => {
  it('keeps the order of arrival on one lane', async () => {
    const { pool } = await startPool();
    await pool.load('negate', negate);
    const finished: number[] = [];
    const runs = Array.from({ length: 12 }, (_, index) =>
      pool.run('negate', vector(index)).then(() => finished.push(index)),
    );
    expect(pool.vacancies).toBe(2 - 12);
    await Promise.all(runs);
    expect(finished).toEqual(Array.from({ length: 12 }, (_, index) => index));
    expect(pool.vacancies).toBe(2);
  });

  it('spreads runs over idle lanes before it queues behind a busy one', async () => {
    const { pool } = await startPool({ lanes: 2 });
    await pool.load('slow', slow);
    const runs = [pool.run('slow', slowFeeds), pool.run('slow', slowFeeds)];
    expect(pool.lanes.map(({ state }) => state)).toEqual(['busy', 'busy']);
    expect(pool.vacancies).toBe(2);
    await Promise.all(runs);
  });

  it('lets an idle lane take over what a busy one has prefetched', async () => {
    const { pool } = await startPool({ lanes: 2 });
    await pool.load('slow', slow);
    await pool.load('negate', negate);
    let slowIsDone = false;
    const long = pool.run('slow', slowFeeds).then(() => {
      slowIsDone = true;
    });
    // The second goes to lane 1, the third is prefetched by lane 0 behind the slow one.
    const quick = [
      pool.run('negate', vector(1)),
      pool.run('negate', vector(2)),
      pool.run('negate', vector(3)),
    ];
    const answers = await Promise.all(quick);
    expect(slowIsDone).toBe(false);
    expect(answers.map(({ outputs }) => outputs.y)).toEqual([1, 2, 3].map((value) => float32([1], [-value])));
    await long;
    expect(pool.idleLanes).toBe(2);
  });
});

describe('LanePool.close', () => {
  it('lets accepted runs finish, refuses new ones, and leaves no process', async () => {
    const { pool } = await startPool({ lanes: 2 });
    await pool.load('negate', negate);
    await pool.load('slow', slow);
    const pids = pool.lanes.map(({ pid }) => pid as number);
    const runs = [
      pool.run('slow', slowFeeds),
      ...Array.from({ length: 8 }, () => pool.run('negate', vector(1))),
    ];
    const closed = pool.close();
    await expect(pool.run('negate', vector(1))).rejects.toMatchObject({ code: 'LANES_CLOSED', status: 503 });
    await expect(pool.load('absolute', absolute)).rejects.toMatchObject({ code: 'LANES_CLOSED' });
    expect(await Promise.all(runs)).toHaveLength(9);
    await closed;
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await pool.close();
  });

  it('drains even when a lane dies meanwhile', async () => {
    const { pool } = await startPool();
    await pool.load('slow', slow);
    const run = pool.run('slow', slowFeeds);
    const closed = pool.close();
    await sleep(100);
    killLane(pool, 0);
    expect((await run).outputs.y?.dims).toEqual([768, 768]);
    await closed;
  });

  it('does not wait for a lane that is between two lives', async () => {
    const { pool } = await startPool({
      restartDelay: { firstMilliseconds: 60_000, longestMilliseconds: 60_000 },
    });
    killLane(pool, 0);
    await eventually(() => pool.lanes[0]?.state === 'dead');
    const waiting = expect(pool.load('negate', negate)).rejects.toMatchObject({ code: 'LANES_CLOSED' });
    await pool.close();
    await waiting;
  });
});
