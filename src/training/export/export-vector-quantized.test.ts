import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { int64, type Tensor, tensor } from '../../core/tensor.ts';
import { decode } from '../../image/index.ts';
import { Session } from '../../runtime/index.ts';
import { integers } from '../../testing/samples.ts';
import { parseTrainingConfig, type RunConfig } from '../config/index.ts';
import { methodOf } from '../methods/index.ts';
import { writeCodeFile } from '../prior/code-file.ts';
import { firstStageWeights } from '../prior/first-stage.ts';
import { readSafetensors } from '../pytorch/index.ts';
import { type RunFolder, readRunConfig, saveCheckpoint, writeRunConfig } from '../run/index.ts';
import { initialState } from '../step/state.ts';
import { drawDataset } from '../testing/dataset.ts';
import { newRun, temporaryFolder } from '../testing/sitting.ts';
import { tinyFirstStage, tinyPriorConfig } from '../testing/tiny-first-stage.ts';
import type { ExportRequest } from './export-request.ts';
import { exportRun } from './export-run.ts';

const horse = fileURLToPath(new URL('../../../loadtest/pictures/horse.jpg', import.meta.url));
let data = '';
let first: RunFolder;
let second: RunFolder;
let alone: Awaited<ReturnType<typeof exported>>;

/** Runs as they are when training begins, but for the step and the time. */
async function untrained(folder: RunFolder, config: RunConfig, step: number): Promise<void> {
  const averaged = config.averageDecay > 0;
  const tensors = initialState(methodOf(config), 1, averaged);
  await saveCheckpoint(folder.checkpoints, { step, tensors, meta: { seconds: 5400 } });
}

beforeAll(async () => {
  data = await drawDataset(await temporaryFolder());
  first = await tinyFirstStage(await temporaryFolder(), data);
  const config = parseTrainingConfig(await readRunConfig(first));
  await writeRunConfig(first, config);
  await untrained(first, config, 40);
  await writeFile(first.metricsFile, `${JSON.stringify({ losses: { rec_A: 0.5 } })}\n`);

  alone = await exported(first);

  const prior = await tinyPriorConfig(first, { seed: 3 });
  second = await newRun(prior);
  await untrained(second, prior, 6);
  const weights = await firstStageWeights(prior.firstStage);
  const codes = { A: int64([1, 4, 4], new Array(16).fill(1)), B: int64([1, 4, 4], new Array(16).fill(2)) };
  await writeCodeFile(second.codesFile, prior, { codes, weights });
});

async function exported(folder: RunFolder, changes: Partial<ExportRequest> = {}) {
  const models = await temporaryFolder();
  const path = await exportRun({
    folder,
    models,
    name: 'red2blue',
    source: 'red',
    target: 'blue',
    commands: ['unpaired train --method vq-i2i'],
    software: 'unpaired test',
    threads: 1,
    ...changes,
  });
  const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
  return { path, manifest, card: await readFile(join(path, 'CARD.md'), 'utf8') };
}

async function run(path: string, role: string, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const session = await Session.create(join(path, `${role}.onnx`), { provider: 'cpu', threads: 1 });
  try {
    return (await session.run(feeds))[session.outputNames[0] as string] as Tensor;
  } finally {
    await session.dispose();
  }
}

type VectorQuantized = Extract<Manifest['translator'], { kind: 'vector-quantized' }>;
const translatorOf = ({ translator }: Manifest) => translator as VectorQuantized;

const painting = [
  'content-encoder',
  'decoder-source',
  'decoder-target',
  'style-encoder-source',
  'style-encoder-target',
];

describe('a run of the first stage', () => {
  it('becomes one package of both directions', async () => {
    const { path, manifest, card } = alone;
    expect(Object.keys(manifest.networks).sort()).toEqual(painting);
    expect(manifest).toMatchObject({
      method: 'vq-i2i',
      sourceDomain: 'red',
      targetDomain: 'blue',
      image: { width: 16, height: 16, flexible: true, multipleOf: 4 },
      translator: { kind: 'vector-quantized', codebookSize: 8, pixelsPerCode: 4, styleCodeSize: 2 },
      provenance: { steps: 40, seed: 0 },
    });
    expect(manifest.translator).not.toHaveProperty('prior');
    expect(card).toContain('| directions | red to blue, blue to red, and within each |');
    expect(card).toContain('| method | vq-i2i, the first stage |');
    expect(card).toContain(
      '| first stage | 40 steps of batch 1, seed 0, 1.5 hours, weights of the last step |',
    );
    expect(card).toContain('| rec_A | 0.500 |');
    const files = painting.map((role) => `${role}.onnx`);
    expect((await readdir(path)).sort()).toEqual(
      [...files, 'CARD.md', 'manifest.json', 'preview.webp'].sort(),
    );
    // Two rows of two test pictures of A, three of three of B: six pictures each.
    const { width, height } = await decode(await readFile(join(path, 'preview.webp')));
    expect([width, height]).toEqual([6 * 16 + 5 * 2, 5 * 16 + 4 * 2]);
  });

  it('says how the styles of its training pictures are distributed, of each domain', () => {
    const { source, target } = translatorOf(alone.manifest);
    for (const { styles } of [source, target]) {
      expect(styles?.mean).toHaveLength(2);
      expect(styles?.factor.map((row) => row.length)).toEqual([2, 2]);
      expect(styles?.factor[0]?.[0]).toBeGreaterThan(0);
      expect(styles?.factor[0]?.[1]).toBe(0);
    }
    expect(source.styles).not.toEqual(target.styles);
  });

  it('turns round where that is asked for', async () => {
    const back = await exported(first, { direction: 'BtoA', source: 'blue', target: 'red' });
    const styles = ({ manifest }: typeof alone) => {
      const { source, target } = translatorOf(manifest);
      return [source.styles, target.styles];
    };
    expect(styles(back)).toEqual(styles(alone).reverse());
    expect(back.manifest.networks['decoder-source']?.sha256).toBe(
      alone.manifest.networks['decoder-target']?.sha256,
    );
  });

  it('shows chosen pictures, and then none of the dataset', async () => {
    const { path, card } = await exported(first, { pictures: [horse] });
    expect(card).toContain('The preview shows chosen pictures');
    const { width, height } = await decode(await readFile(join(path, 'preview.webp')));
    expect([width, height]).toEqual([4 * 16 + 3 * 2, 16]);
  });

  it('is refused where the pictures are gone', async () => {
    const config = parseTrainingConfig({ ...((await readRunConfig(first)) as object), data: '/nowhere' });
    const lost = await newRun(config);
    await untrained(lost, config, 1);
    await expect(exported(lost)).rejects.toThrow('no styles can be taken of /nowhere/trainA: ');
  });

  it('has the moving averages, or the weights of the last step where these are asked for', async () => {
    const config = parseTrainingConfig({ ...((await readRunConfig(first)) as object), averageDecay: 0.9 });
    const averaged = await newRun(config);
    const state = new Map(initialState(methodOf(config), 1, true));
    const key = 'autoencoder.decoder_b.conv_out.bias';
    state.set(`average/${key}`, tensor('float32', [3], Float32Array.of(9, 9, 9)));
    await saveCheckpoint(averaged.checkpoints, { step: 1, tensors: state, meta: {} });
    const feeds = {
      codes: integers([1, 4, 4], [0, 8], 'codes'),
      styles: tensor('float32', [1, 1, 2], new Float32Array(2)),
    };
    const [average, last] = [await exported(averaged), await exported(averaged, { weights: 'last' })];
    const white = new Set((await run(average.path, 'decoder-target', feeds)).data as Uint8Array);
    expect(white).toEqual(new Set([255]));
    expect(await run(last.path, 'decoder-target', feeds)).not.toEqual(
      await run(average.path, 'decoder-target', feeds),
    );
    expect(average.card).toContain('moving average of its weights |');
    expect(last.card).toContain('weights of the last step |');
  });
});

describe('a run of the second stage', () => {
  it('becomes a package with the first stage that it has kept, and the prior', async () => {
    const { manifest, card, path } = await exported(second);
    expect(Object.keys(manifest.networks).sort()).toEqual([...painting, 'prior'].sort());
    expect(manifest.method).toBe('vq-i2i');
    expect(manifest.provenance).toMatchObject({ steps: 6, seed: 3 });
    expect(translatorOf(manifest).prior).toEqual({
      network: 'prior',
      window: { height: 4, width: 4 },
      conditioning: 'whole',
    });
    for (const role of painting) {
      expect(manifest.networks[role]?.sha256).toBe(alone.manifest.networks[role]?.sha256);
    }
    expect(card).toContain('| method | vq-i2i, both stages |');
    expect(card).toContain('| prior | 1 layers, 2 heads, width 8; sees 4x4 codes |');
    expect(card).toContain('| first stage | 40 steps of batch 1, seed 0, 1.5 hours');
    expect(card).toContain('| second stage | 6 steps of batch 2, seed 3, 1.5 hours |');
    const empty = tensor('float32', [1, 2, 0, 4], new Float32Array(0));
    const tokens = int64([1, 3], [0, 7, 2]);
    const logits = await run(path, 'prior', {
      tokens,
      lengths: int64([1], [0]),
      keys_0: empty,
      values_0: empty,
    });
    expect(logits.dims).toEqual([1, 3, 8]);
  });

  it('needs no folder of the first stage, and says then what it knows of it', async () => {
    const gone = `${first.path}-gone`;
    await rename(first.path, gone);
    try {
      const { card } = await exported(second);
      expect(card).toMatch(/\| first stage \| checkpoint step-00000040\.safetensors, sha256 [0-9a-f]{64}, /);
    } finally {
      await rename(gone, first.path);
    }
  });

  it('writes the weights as the published code saves them', async () => {
    const file = join(await temporaryFolder(), 'weights.safetensors');
    await exported(second, { safetensors: file });
    const keys = [...readSafetensors(await readFile(file)).tensors.keys()];
    expect(keys).toEqual(
      expect.arrayContaining(['first_stage_model.quantize.embedding.weight', 'transformer.tok_emb.weight']),
    );
    expect(keys.every((key) => /^(first_stage_model|transformer)\./.test(key))).toBe(true);
  });

  it('is refused without the file of codes', async () => {
    const folder = await newRun(await tinyPriorConfig(first));
    await untrained(folder, await tinyPriorConfig(first), 1);
    await expect(exported(folder)).rejects.toThrow(
      "codes.safetensors is missing: the second stage keeps the first one's weights there",
    );
  });
});
