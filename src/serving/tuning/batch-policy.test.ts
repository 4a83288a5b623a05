import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { tensor } from '../../core/tensor.ts';
import { blankPixels, encode } from '../../image/index.ts';
import { FakeLanes } from '../testing/fake-lanes.ts';
import { startHarness } from '../testing/harness.ts';
import { writePackage } from '../testing/model-package.ts';
import { batchFor, batchPolicy } from './batch-policy.ts';
import { measureAtWarmUp, measureBatch } from './measure.ts';
import type { Tuning } from './tuning-schema.ts';

/** Of the bytes that writePackage writes when it is given no graph. */
const blankDigest = createHash('sha256').update('not a graph').digest('hex');
const digest = 'a'.repeat(64);
const tuned: Tuning = {
  schemaVersion: 1,
  measuredAt: '2026-01-01T00:00:00.000Z',
  device: { processor: 'P', threads: 8, provider: 'cuda', deviceId: 0, onnxruntime: '1' },
  lanes: 1,
  threadsPerLane: 1,
  models: [
    {
      model: 'inverter',
      version: '1',
      sha256: digest,
      width: 16,
      height: 16,
      maxBatch: 4,
      latencies: [],
      fit: { fixed: 0, perItem: 0, residual: 0 },
      layouts: [],
    },
  ],
};
const face = { dtype: 'uint8', shape: ['n', 'h', 'w', 3], layout: 'NHWC' };
const manifest = (sha256: string) =>
  parseManifest(
    JSON.stringify({
      schemaVersion: 1,
      name: 'inverter',
      version: '1',
      method: 'cut',
      sourceDomain: 'light',
      targetDomain: 'dark',
      image: { width: 16, height: 16, flexible: true },
      translator: { kind: 'feed-forward', network: 'g' },
      networks: {
        g: {
          file: 'g.onnx',
          sha256,
          bytes: 1,
          inputs: [{ name: 'input', ...face }],
          outputs: [{ name: 'output', ...face }],
        },
      },
      provenance: { createdAt: '2026-01-01T00:00:00Z', software: 'test' },
    }),
    'manifest.json',
  );
const auto = { MAX_BATCH: 'auto', MAX_STEP_BATCH: 16, TUNE_AT_START: false } as const;
const gpu = (tuning?: Tuning) => ({ provider: 'cuda', tuning });
const never = () => Promise.reject(new Error('measured'));

describe('batchPolicy', () => {
  it('takes what is set, then what was measured, then what it measures, then 1', async () => {
    const own = manifest(digest);
    const set = batchPolicy({ ...auto, MAX_BATCH: 3 }, gpu(tuned));
    expect(await set(own, never)).toEqual({ maxBatch: 3, from: 'MAX_BATCH' });
    expect(await batchPolicy(auto, gpu(tuned))(own, never)).toEqual({ maxBatch: 4, from: 'tuning' });
    const atStart = batchPolicy({ ...auto, TUNE_AT_START: true }, gpu());
    expect(await atStart(own, async () => 2)).toEqual({ maxBatch: 2, from: 'warm-up' });
    expect(await batchPolicy(auto, gpu())(own, never)).toEqual({ maxBatch: 1, from: 'default' });
  });

  it('lets steps of samplings share runs also where nothing was measured', async () => {
    const own = manifest(digest);
    const translator = { kind: 'guided-diffusion', step: 'g' } as Manifest['translator'];
    const sampled = { ...own, translator };
    const chosen = await batchPolicy({ ...auto, MAX_STEP_BATCH: 5 }, gpu())(sampled, never);
    expect(chosen).toEqual({ maxBatch: 5, from: 'default' });
    const onCpu = await batchPolicy(auto, { provider: 'cpu' })(sampled, never);
    expect(onCpu).toEqual({ maxBatch: 2, from: 'default' });
    const alone = await batchPolicy({ ...auto, MAX_STEP_BATCH: 1 }, { provider: 'cpu' })(sampled, never);
    expect(alone.maxBatch).toBe(1);
    expect(await batchPolicy({ ...auto, MAX_BATCH: 1 }, gpu(tuned))(sampled, never)).toMatchObject({
      maxBatch: 1,
    });
    expect(await batchPolicy(auto, gpu(tuned))(sampled, never)).toEqual({ maxBatch: 4, from: 'tuning' });
  });

  it('does not take what was measured of another network, and says so', async () => {
    const notes: string[] = [];
    const policy = batchPolicy(auto, gpu(tuned), (note) => notes.push(note));
    expect(await policy(manifest('b'.repeat(64)), never)).toEqual({ maxBatch: 1, from: 'default' });
    expect(notes).toEqual(['the measurement of inverter/1 is of another network or size; run unpaired tune']);
  });
});

describe('a model that was measured at several sizes', () => {
  const [entry] = tuned.models as [Tuning['models'][number]];
  const at = (width: number, height: number, maxBatch: number) => ({ ...entry, width, height, maxBatch });
  const sizes = [at(16, 16, 8), at(32, 32, 4), at(64, 64, 1)];
  const choose = (models: Tuning['models']) =>
    batchPolicy(auto, gpu({ ...tuned, models }))(manifest(digest), never);

  it('goes by the nearest number of pixels, whatever the shape', async () => {
    const choice = await choose(sizes);
    expect(choice).toMatchObject({ maxBatch: 8, from: 'tuning', sizes: [{}, {}, {}] });
    const pixels = [1, 16 * 16, 24 * 24, 64 * 16, 40 * 40, 60 * 60, 1024 * 1024];
    expect(pixels.map((each) => batchFor(choice, each))).toEqual([8, 8, 8, 4, 4, 1, 1]);
  });

  it('needs none of its own size, but the same network', async () => {
    expect(await choose([at(64, 64, 2)])).toEqual({ maxBatch: 2, from: 'tuning' });
    const others = sizes.slice(1).map((each) => ({ ...each, sha256: 'b'.repeat(64) }));
    expect(await choose([at(16, 16, 8), ...others])).toEqual({ maxBatch: 8, from: 'tuning' });
    expect(await choose(others)).toEqual({ maxBatch: 1, from: 'default' });
  });

  it('takes no other size into account when it takes no other', async () => {
    const own = manifest(digest);
    const fixed = { ...own, image: { ...own.image, flexible: false } };
    const policy = batchPolicy(auto, gpu({ ...tuned, models: sizes }));
    expect(await policy(fixed, never)).toEqual({ maxBatch: 8, from: 'tuning' });
  });
});

describe('measuring', () => {
  const feeds = { input: tensor('uint8', [1, 1, 1, 3], Uint8Array.of(1, 2, 3)) };

  /** Lanes whose runs take `fixed + perItem * items` made-up milliseconds, and no time. */
  function madeUp(fixed: number, perItem: number) {
    const lanes = new FakeLanes({ lanes: 2 });
    const run = lanes.run.bind(lanes);
    lanes.run = async (key, batch) => ({
      ...(await run(key, batch)),
      laneMilliseconds: fixed + perItem * (batch.input?.dims[0] ?? 0),
    });
    return lanes;
  }

  it('keeps every lane busy and takes the median', async () => {
    const lanes = madeUp(10, 2);
    const { milliseconds } = await measureBatch(lanes, 'key', { feeds, items: 4, seconds: 0 });
    expect(milliseconds).toBe(18);
    // One warm-up and three runs on each lane.
    expect(lanes.runs.map(({ input }) => input?.dims[0])).toEqual(Array(8).fill(4));
  });

  it('turns batching on at the warm-up where two pictures cost little more than one, off elsewhere', async () => {
    expect(await measureAtWarmUp(madeUp(10, 1), 'key', feeds)).toBe(8);
    expect(await measureAtWarmUp(madeUp(0.2, 10), 'key', feeds)).toBe(1);
  });
});

describe('a service', () => {
  it('shows the batch of each model, and what says so', async () => {
    const models = async (root: string) => {
      await writePackage(root, { name: 'inverter' });
      await writePackage(root, { name: 'other' });
    };
    const [entry] = tuned.models as [Tuning['models'][number]];
    const service = await startHarness({
      models,
      tuning: { ...tuned, models: [{ ...entry, sha256: blankDigest }] },
    });
    try {
      const listed = (await service.app.inject({ url: '/models' })).json().models as object[];
      expect(listed).toMatchObject([
        { name: 'inverter', batch: { maxBatch: 4, from: 'tuning' } },
        { name: 'other', batch: { maxBatch: 1, from: 'default' } },
      ]);
      expect((await service.app.inject({ url: '/readyz' })).json().models).toMatchObject(
        listed.map((each) => ({ batch: (each as { batch: object }).batch })),
      );
      const metrics = (await service.app.inject({ url: '/metrics' })).body;
      expect(metrics).toContain('unpaired_model_max_batch{model="inverter",version="1",from="tuning"} 4');
      expect(metrics).toContain('unpaired_provider_info{asked="auto",running="cpu",device="0"} 1');
      expect(service.catalog.find('inverter').translator.maxBatch('generator')).toBe(4);
      expect(service.catalog.find('other').translator.maxBatch('generator')).toBe(1);
    } finally {
      await service.close();
    }
  });

  it('lets as many pictures share a run as pays for their size', async () => {
    const [entry] = tuned.models as [Tuning['models'][number]];
    const own = { ...entry, sha256: blankDigest };
    const service = await startHarness({
      environment: { LANE_PREFETCH: '0' },
      tuning: { ...tuned, models: [own, { ...own, width: 64, height: 64, maxBatch: 1 }] },
    });
    const translate = async (side: number) => {
      const payload = Buffer.from(
        await encode(blankPixels({ width: side, height: side }, [1, 2, 3]), { format: 'png' }),
      );
      const headers = { 'content-type': 'image/png' };
      const url = '/translate/inverter?size=original';
      return (await service.app.inject({ method: 'POST', url, headers, payload })).statusCode;
    };
    const queued = async (items: number) =>
      vi.waitFor(async () =>
        expect((await service.app.inject({ url: '/metrics' })).body).toContain(
          `unpaired_queued_items ${items}`,
        ),
      );
    try {
      const { lanes } = service;
      lanes.hold();
      const before = lanes.runs.length;
      const answers = [translate(16)];
      await vi.waitFor(() => expect(lanes.runs).toHaveLength(before + 1));
      for (const side of [16, 16]) answers.push(translate(side));
      await queued(2);
      for (const side of [64, 64]) answers.push(translate(side));
      await queued(4);
      lanes.release();
      expect(await Promise.all(answers)).toEqual(new Array(5).fill(200));
      const shapes = lanes.runs.slice(before).map(({ input }) => input?.dims.slice(0, 2));
      expect(shapes).toEqual([
        [1, 16],
        [2, 16],
        [1, 64],
        [1, 64],
      ]);
    } finally {
      await service.close();
    }
  });
});
