import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import { decode, encode, type OutputFormat, toPlanes, transform } from '../../image/index.ts';
import { type Batch, type DataOptions, DatasetError, UnalignedBatches } from './index.ts';

const files = {
  trainA: ['a.jpg', 'b.png', 'deep/c.jpeg', 'd.webp', 'e.png'],
  trainB: ['a.png', 'b.png', 'c.jpg', 'deep/d.png', 'e.png', 'f.png', 'g.png'],
  testA: ['a.png', 'b.png', 'c.png'],
  testB: ['a.png'],
};

let root: string;
let damaged: string;
const open: UnalignedBatches[] = [];

beforeAll(async () => {
  root = await draw();
  damaged = await draw();
  await truncate(join(damaged, 'trainA/b.png'), 200);
  await writeFile(join(damaged, 'trainA/deep/c.jpeg'), 'not a picture');
  await writeFile(join(damaged, 'testA/a.png'), '');
});

afterAll(() => Promise.all([root, damaged].map((folder) => rm(folder, { recursive: true }))));
afterEach(() => Promise.all(open.splice(0).map((batches) => batches.close())));

/** A dataset of noise; sizes differ from picture to picture. */
async function draw(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batches-'));
  for (const path of Object.entries(files).flatMap(([name, paths]) =>
    paths.map((file) => `${name}/${file}`),
  )) {
    const random = Random.of(1, path);
    const [width, height] = [30 + random.integer(20), 30 + random.integer(20)];
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    const format = path.split('.').at(-1)?.replace('jpg', 'jpeg') as OutputFormat;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), await encode({ width, height, data }, { format }));
  }
  return folder;
}

async function openBatches(changes: Partial<DataOptions> = {}): Promise<UnalignedBatches> {
  const batches = await UnalignedBatches.open({
    root,
    batchSize: 1,
    loadSize: 28,
    cropSize: 24,
    flip: true,
    seed: 3,
    serial: false,
    cacheBytes: 1e6,
    workers: 1,
    prefetch: 2,
    ...changes,
  });
  open.push(batches);
  return batches;
}

async function onlyBatch(batches: UnalignedBatches, step: number): Promise<Batch> {
  const [batch] = (await batches.microBatches(step)) as [Batch];
  return batch;
}

async function take(batches: UnalignedBatches, steps: readonly number[]): Promise<Batch[]> {
  const taken: Batch[] = [];
  for (const step of steps) taken.push(await onlyBatch(batches, step));
  return taken;
}

/** Equal for equal batches; comparing hashes is much faster than comparing arrays of numbers. */
function fingerprint({ A, B, filesA, filesB }: Batch): string {
  const hash = createHash('sha256').update(JSON.stringify([A.dims, B.dims, filesA, filesB]));
  return hash.update(bytesOf(A)).update(bytesOf(B)).digest('hex');
}

const bytesOf = ({ data }: Tensor<'float32'>) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('UnalignedBatches', () => {
  test('tells its sizes and gives tensors of the crop size', async () => {
    const batches = await openBatches({ batchSize: 2 });
    expect(batches.sizes).toEqual({ trainA: 5, trainB: 7, testA: 3, testB: 1 });
    expect(batches.stepsPerEpoch).toBe(3);
    const { A, B, filesA, filesB } = await onlyBatch(batches, 0);
    expect(A.dims).toEqual([2, 3, 24, 24]);
    expect(B.dims).toEqual([2, 3, 24, 24]);
    expect(Math.min(...A.data)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...A.data)).toBeLessThanOrEqual(1);
    expect(Math.min(...A.data)).toBeLessThan(-0.5);
    for (const file of filesA) expect(files.trainA.map((path) => `trainA/${path}`)).toContain(file);
    for (const file of filesB) expect(files.trainB.map((path) => `trainB/${path}`)).toContain(file);
  });

  test('paired pictures come together, cut and mirrored alike', async () => {
    const twins = await mkdtemp(join(tmpdir(), 'twins-'));
    const source = (await readdir(root, { recursive: true })).filter((path) => /^trainB.*\.png$/.test(path));
    for (const path of source) {
      const own = path.replace('trainB', 'trainA');
      await mkdir(dirname(join(twins, path)), { recursive: true });
      await mkdir(dirname(join(twins, own)), { recursive: true });
      await copyFile(join(root, path), join(twins, path));
      await copyFile(join(root, path), join(twins, own));
    }
    for (const folder of ['testA', 'testB'])
      await cp(join(root, folder), join(twins, folder), { recursive: true });
    const options = { root: twins, batchSize: 2, paired: true };
    const batches = await openBatches(options);
    for (const step of range(0, 3)) {
      const { A, B, filesA, filesB } = await onlyBatch(batches, step);
      expect(filesB).toEqual(filesA.map((file) => file.replace('trainA', 'trainB')));
      expect(B.data).toEqual(A.data);
    }
    await truncate(join(twins, source[0] as string), 100);
    const broken = await openBatches({ ...options, batchSize: source.length });
    await expect(broken.microBatches(0)).rejects.toThrow('a paired picture cannot be used: trainA/');
    await rm(twins, { recursive: true });
  });

  test('a step is the same whatever was asked before, whoever decodes, whatever is kept', async () => {
    const options = { batchSize: 2, plainResizeAfter: { unit: 'steps' as const, time: 5 } };
    const straight = (await take(await openBatches(options), range(0, 9))).map(fingerprint);
    const variants: readonly [Partial<DataOptions>, readonly number[]][] = [
      [{}, [...range(4, 9), ...range(0, 9).toReversed(), 8, 0, 8, 3, 3]],
      [{ workers: 2, prefetch: 4 }, range(0, 9)],
      [{ cacheBytes: 0, prefetch: 0 }, range(0, 9)],
      [{ cacheBytes: 6000 }, range(0, 9)],
    ];
    for (const [changes, steps] of variants) {
      const taken = await take(await openBatches({ ...options, ...changes }), steps);
      expect(taken.map(fingerprint)).toEqual(steps.map((step) => straight[step]));
    }
    const otherSeed = await take(await openBatches({ ...options, seed: 4 }), range(0, 9));
    expect(otherSeed.map(fingerprint)).not.toEqual(straight);
  });

  test('a picture is one of the crops of the published pipeline, mirrored or not', async () => {
    const batches = await openBatches({ prefetch: 0 });
    const flips = new Set<boolean>();
    for (const step of range(0, 10)) {
      const { A, filesA } = await onlyBatch(batches, step);
      const pixels = await decode(await readFile(join(root, filesA[0] as string)));
      const matches = [false, true].flatMap((flip) =>
        range(0, 25)
          .map((position) => ({ cropX: position % 5, cropY: Math.floor(position / 5), flip }))
          .filter((parameters) => {
            const options = { preprocess: 'resize_and_crop', loadSize: 28, cropSize: 24 } as const;
            return bytesOf(A).equals(Buffer.from(toPlanes(transform(pixels, options, parameters)).buffer));
          }),
      );
      expect(matches).toHaveLength(1);
      flips.add(matches[0]?.flip === true);
    }
    expect(flips.size).toBe(2);
  });

  test('from plainResizeAfter on, the whole picture is scaled to the crop size', async () => {
    const batches = await openBatches({ plainResizeAfter: { unit: 'steps', time: 7 }, flip: false });
    const plain = { preprocess: 'resize', loadSize: 24, cropSize: 24 } as const;
    const expected = async ({ filesA: [file] }: Batch) => {
      const pixels = await decode(await readFile(join(root, file as string)));
      return toPlanes(transform(pixels, plain, { cropX: 0, cropY: 0, flip: false }));
    };
    const [before, after] = await take(batches, [6, 7]);
    expect(after?.A.data).toEqual(await expected(after as Batch));
    expect(before?.A.data).not.toEqual(await expected(before as Batch));
  });

  test('a broken picture is replaced by the next and reported once', async () => {
    const reports: [string, string][] = [];
    const onSkipped = (file: string, reason: string) => reports.push([file, reason]);
    const options = { root: damaged, serial: true, onSkipped };
    const taken = await take(await openBatches(options), range(0, 14));
    const names = taken.flatMap((batch) => batch.filesA);
    const whole = await take(await openBatches({ serial: true }), range(0, 14));
    // In order: a, b (broken), d, deep/c (broken), e. The next of b is d; the next of deep/c is e.
    const [a, b, d, c, e] = ['a.jpg', 'd.webp', 'd.webp', 'e.png', 'e.png'].map((name) => `trainA/${name}`);
    expect(names).toEqual([a, b, d, c, e, a, b, a, b, d, c, e, a, b]);
    expect(fingerprint(taken[2] as Batch)).toBe(fingerprint(whole[2] as Batch));
    expect(reports.map(([file]) => file).sort()).toEqual(['trainA/b.png', 'trainA/deep/c.jpeg']);
    expect(reports.find(([file]) => file === 'trainA/b.png')?.[1]).toMatch(/truncated/);
    const resumed = await take(await openBatches({ root: damaged, serial: true, workers: 2 }), range(8, 14));
    expect(resumed.map(fingerprint)).toEqual(taken.slice(8).map(fingerprint));
  });

  test('counts what was skipped, also when two threads meet it', async () => {
    let reports = 0;
    const batches = await openBatches({ root: damaged, workers: 2, onSkipped: () => reports++ });
    await take(batches, range(0, 14));
    const reason = expect.any(String);
    expect(Object.fromEntries(batches.skipped)).toEqual({
      'trainA/b.png': reason,
      'trainA/deep/c.jpeg': reason,
    });
    expect(reports).toBe(2);
  });

  test('a crop that no picture is large enough for is an error that says so', async () => {
    const batches = await openBatches({ preprocess: 'crop', cropSize: 64, prefetch: 0 });
    const fault = await onlyBatch(batches, 0).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(DatasetError);
    expect((fault as Error).message).toMatch(
      /not one of the \d pictures in train[AB] can be used; .*64x64 does not fit/,
    );
  });

  test('pictures of different sizes cannot share a batch', async () => {
    const batches = await openBatches({ preprocess: 'none', batchSize: 2, prefetch: 0 });
    await expect(batches.microBatches(0)).rejects.toThrow(/pictures of a batch differ in size: train/);
    const single = await openBatches({ preprocess: 'none', prefetch: 0 });
    expect((await onlyBatch(single, 0)).A.dims.slice(0, 2)).toEqual([1, 3]);
  });

  test('test pictures come in order, whole, without the broken ones', async () => {
    const batches = await openBatches({ root: damaged });
    const pictures = await batches.testPictures('A', 2, 32);
    expect(pictures.map((picture) => picture.dims)).toEqual([
      [1, 3, 32, 32],
      [1, 3, 32, 32],
    ]);
    const pixels = await decode(await readFile(join(damaged, 'testA/b.png')));
    const plain = { preprocess: 'resize', loadSize: 32, cropSize: 32 } as const;
    expect(pictures[0]?.data).toEqual(
      toPlanes(transform(pixels, plain, { cropX: 0, cropY: 0, flip: false })),
    );
    expect([...batches.skipped.keys()]).toContain('testA/a.png');
    expect(await batches.testPictures('A', 10, 32)).toHaveLength(2);
    expect(await batches.testPictures('B', Number.POSITIVE_INFINITY, 32)).toHaveLength(1);
  });

  test('threads go on while the consumer blocks', async () => {
    const batches = await openBatches({ prefetch: 6 });
    await onlyBatch(batches, 0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    const ready: number[] = [];
    for (const step of range(1, 7)) void batches.microBatches(step).then(() => ready.push(step));
    // Answers that are already there need only turns of the event loop, no time.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(ready).toEqual(range(1, 7));
  });

  test('ends its threads, and rejects what is asked for afterwards', async () => {
    const batches = await openBatches({ prefetch: 5 });
    const waiting = batches.microBatches(0);
    await Promise.all([batches.close(), expect(waiting).rejects.toThrow(/was closed/)]);
    await expect(batches.microBatches(1)).rejects.toThrow(/was closed/);
    await batches.close();
  });

  test.each([
    [{ batchSize: 0 }, 'batchSize must be an integer of at least 1, got 0'],
    [{ workers: 1.5 }, 'workers must be an integer of at least 1, got 1.5'],
    [{ prefetch: -1 }, 'prefetch must be an integer of at least 0, got -1'],
    [{ cropSize: 29 }, 'cropSize must not be larger than loadSize, got 29 and 28'],
  ])('refuses %j', async (changes, message) => {
    const fault = await openBatches(changes).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(InvalidArgumentError);
    expect((fault as Error).message).toBe(message);
  });
});
