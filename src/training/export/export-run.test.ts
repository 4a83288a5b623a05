import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../core/manifest.ts';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import { decode, type Pixels, toPlanes } from '../../image/index.ts';
import { Session } from '../../runtime/index.ts';
import { integers } from '../../testing/samples.ts';
import { LiveTranslator } from '../live-translator.ts';
import { methodOf } from '../methods/index.ts';
import { type FeedForwardTranslator, feedForwardTranslators } from '../methods/method.ts';
import { latestCheckpoint, listCheckpoints, type RunFolder, runFolder } from '../run/index.ts';
import { drawDataset } from '../testing/dataset.ts';
import { newRun, sit, temporaryFolder } from '../testing/sitting.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import type { ExportRequest } from './export-request.ts';
import { exportRun } from './export-run.ts';

let config = tinyConfig();
let folder: RunFolder;
let models = '';
let onnx = '';

const request = (changes: Partial<ExportRequest> = {}): ExportRequest => ({
  folder,
  models,
  name: 'red2blue',
  source: 'red',
  target: 'blue',
  commands: ['unpaired train --method cut', 'unpaired export'],
  software: 'unpaired test',
  threads: 1,
  ...changes,
});

beforeAll(async () => {
  const data = await drawDataset(await temporaryFolder());
  config = tinyConfig({ data, averageDecay: 0.8, checkpointSteps: 2 });
  folder = await newRun(config);
  await sit(folder, config, { stopAfter: 4 });
  models = await temporaryFolder();
  onnx = join(await exportRun(request()), 'generator.onnx');
});

/** Noise as a batch of pictures, uint8 [N, H, W, 3]. */
function noise(count: number, height: number, width: number): Tensor<'uint8'> {
  const { data } = integers([count, height, width, 3], [0, 256], 'noise', height);
  return tensor('uint8', [count, height, width, 3], Uint8Array.from(data, Number));
}

async function translate(picture: Tensor, network = onnx): Promise<Tensor<'uint8'>> {
  const session = await Session.create(network, { provider: 'cpu', threads: 1 });
  const { translation } = await session.run({ picture });
  await session.dispose();
  return translation as Tensor<'uint8'>;
}

/** The same picture through the network that previews are made with. */
async function preview({ data, dims }: Tensor<'uint8'>, averaged: boolean): Promise<Pixels> {
  const method = methodOf(config);
  const live = await LiveTranslator.open(method, feedForwardTranslators(method)[0] as FeedForwardTranslator, {
    size: config.cropSize,
    averaged,
    session: { provider: 'cpu', threads: 1 },
  });
  const checkpoint = await latestCheckpoint(folder.checkpoints);
  const [, height = 0, width = 0] = dims;
  const planes = float32([1, 3, height, width], toPlanes({ width, height, data }));
  const [translated] = await live.translate(checkpoint?.tensors ?? new Map(), [planes]);
  await live.close();
  return translated as Pixels;
}

const largestDifference = (a: Uint8Array, b: Uint8Array) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] as number))));

describe('the exported network', () => {
  it('gives the bytes that the preview shows, from the moving average of the weights', async () => {
    const picture = noise(1, 16, 16);
    const { data, dims } = await translate(picture);
    expect(dims).toEqual([1, 16, 16, 3]);
    expect(largestDifference(data, (await preview(picture, true)).data)).toBeLessThanOrEqual(1);
    expect(largestDifference(data, (await preview(picture, false)).data)).toBeGreaterThan(3);
  });

  it('is made of the weights of the last step where these are asked for, and the card says so', async () => {
    const path = await exportRun(request({ name: 'last', weights: 'last' }));
    const picture = noise(1, 16, 16);
    const { data } = await translate(picture, join(path, 'generator.onnx'));
    expect(largestDifference(data, (await preview(picture, false)).data)).toBeLessThanOrEqual(1);
    expect(await readFile(join(path, 'CARD.md'), 'utf8')).toContain('| weights | of the last step |');
  });

  it.each([
    [16, 16],
    [24, 32],
  ])('takes a batch of any size, each picture as if it were alone (%d x %d)', async (height, width) => {
    const batch = noise(3, height, width);
    const together = await translate(batch);
    expect(together.dims).toEqual([3, height, width, 3]);
    const size = height * width * 3;
    for (const index of [0, 1, 2]) {
      const one = batch.data.slice(index * size, (index + 1) * size);
      const alone = await translate(tensor('uint8', [1, height, width, 3], one));
      expect([...together.data.slice(index * size, (index + 1) * size)]).toEqual([...alone.data]);
    }
  });
});

describe('the package', () => {
  it('has a manifest that describes its files', async () => {
    const path = join(models, 'red2blue', '1');
    const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
    expect(manifest).toMatchObject({
      name: 'red2blue',
      version: '1',
      method: 'cut',
      sourceDomain: 'red',
      targetDomain: 'blue',
      image: { width: 16, height: 16, flexible: true, multipleOf: 4 },
      translator: { kind: 'feed-forward', network: 'generator' },
      provenance: { steps: 4, seed: 0, software: 'unpaired test', command: 'unpaired train --method cut' },
    });
    const bytes = await readFile(onnx);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const checkpoint = await latestCheckpoint(folder.checkpoints);
    const weights = [...(checkpoint?.tensors ?? [])].filter(([name]) => name.startsWith('generator.'));
    expect(manifest.networks).toEqual({
      generator: {
        file: 'generator.onnx',
        sha256,
        bytes: bytes.length,
        parameters: weights.reduce((sum, [, { data }]) => sum + data.length, 0),
        inputs: [{ name: 'picture', dtype: 'uint8', layout: 'NHWC', shape: ['N', '4*h', '4*w', 3] }],
        outputs: [{ name: 'translation', dtype: 'uint8', layout: 'NHWC', shape: ['N', '4*h', '4*w', 3] }],
      },
    });
  });

  it('has a card, a preview, and nothing else; whoever serves it may read it', async () => {
    const path = join(models, 'red2blue', '1');
    expect((await readdir(path)).sort()).toEqual([
      'CARD.md',
      'generator.onnx',
      'manifest.json',
      'preview.webp',
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    const card = await readFile(join(path, 'CARD.md'), 'utf8');
    expect(card).toContain('# red2blue 1\n\nTranslates red to blue, trained with cut.');
    expect(card).toContain('| training | 4 steps of batch 1, seed 0,');
    expect(card).toContain('| weights | moving average, decay 0.8 |');
    expect(card).toMatch(/^\| NCE_Y \| \d\.\d{3} \|$/m);
    expect(card).toContain('```sh\nunpaired train --method cut\nunpaired export\n```');
    const { width, height } = await decode(await readFile(join(path, 'preview.webp')));
    // Two test pictures in A, each beside its translation, in one row.
    expect([width, height]).toEqual([4 * 16 + 3 * 2, 16]);
  });

  it('becomes the next version, or the one that is asked for, and never takes the place of another', async () => {
    const own = await temporaryFolder();
    const versions = [
      await exportRun(request({ models: own })),
      await exportRun(request({ models: own })),
      await exportRun(request({ models: own, version: '4.1' })),
      await exportRun(request({ models: own })),
    ];
    expect(versions).toEqual(['1', '2', '4.1', '5'].map((version) => join(own, 'red2blue', version)));
    await expect(exportRun(request({ models: own, version: '2' }))).rejects.toThrow(
      `${join(own, 'red2blue', '2')} exists already: choose another version, or remove it first`,
    );
  });

  it('can be made of an earlier checkpoint', async () => {
    const [first] = await listCheckpoints(folder.checkpoints);
    const own = await temporaryFolder();
    const path = await exportRun(request({ models: own, checkpoint: first?.path as string }));
    const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
    expect(manifest.provenance.steps).toBe(2);
  });
});

describe('an export that fails', () => {
  it('leaves nothing behind', async () => {
    const own = await temporaryFolder();
    const moved = `${config.data}-moved`;
    await rename(config.data, moved);
    try {
      await expect(exportRun(request({ models: own }))).rejects.toThrow('is not a dataset');
    } finally {
      await rename(moved, config.data);
    }
    await expect(exportRun(request({ models: own, name: '../elsewhere' }))).rejects.toThrow(
      'name: lower-case letters, digits, dots, dashes; 1 to 64 characters',
    );
    await expect(exportRun(request({ models: own, version: 'latest' }))).rejects.toThrow(
      'version: numbers joined by dots',
    );
    expect(await readdir(own)).toEqual([]);
  });

  it('says what is missing', async () => {
    const empty = runFolder(await temporaryFolder());
    await expect(exportRun(request({ folder: empty }))).rejects.toThrow(
      `${empty.path} holds no training run: it has no config.json`,
    );
    const fresh = await newRun(config);
    await rm(fresh.checkpoints, { recursive: true });
    await expect(exportRun(request({ folder: fresh }))).rejects.toThrow('holds no checkpoint to export');
  });
});
