import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../image/index.ts';
import type { TrainingConfig } from './config/index.ts';
import { latestCheckpoint, listCheckpoints, type RunFolder } from './run/index.ts';
import { readSittings } from './run/sittings.ts';
import { drawDataset, writePicture } from './testing/dataset.ts';
import { newRun, type Sitting, sit, temporaryFolder } from './testing/sitting.ts';
import { tinyConfig } from './testing/tiny-config.ts';

let data = '';
const config = (changes: object = {}): TrainingConfig => tinyConfig({ data, ...changes });
const plain = () => config({ checkpointSteps: 2, keepCheckpoints: 2, previewSteps: 5, logSteps: 2 });

/** A run of 8 steps that was left alone. */
let finished: { readonly folder: RunFolder; readonly sitting: Sitting };
beforeAll(async () => {
  data = await drawDataset(await temporaryFolder());
  const folder = await newRun(plain());
  finished = { folder, sitting: await sit(folder, plain()) };
});

/** Every byte of the newest checkpoint's tensors. */
async function bytesOf(folder: RunFolder) {
  const checkpoint = await latestCheckpoint(folder.checkpoints);
  return [...(checkpoint?.tensors ?? [])].map(([name, { dtype, dims, data: values }]) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    return `${name} ${dtype}[${dims}] ${bytes.toString('base64')}`;
  });
}

/** Seconds of training, all sittings together. */
async function secondsOf(folder: RunFolder): Promise<number> {
  return Number((await latestCheckpoint(folder.checkpoints))?.meta.seconds);
}

async function metricsOf({ metricsFile }: RunFolder) {
  const lines = (await readFile(metricsFile, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as { step: number; losses: object; learningRates: object });
}

async function sizeOfGrid({ previews }: RunFolder, step: number) {
  const { width, height } = await decode(await readFile(join(previews, `step-0000000${step}-from-A.png`)));
  return { width, height };
}

describe('a run', () => {
  it('trains to the end of its schedule and leaves everything in its folder', async () => {
    const { folder } = finished;
    const { outcome, facts, steps } = finished.sitting;
    expect(outcome).toEqual({ step: 8, finished: true, skippedPictures: 0 });
    expect(facts).toEqual({
      resumedStep: 0,
      totalSteps: 8,
      provider: 'cpu',
      sizes: { trainA: 5, trainB: 4, testA: 2, testB: 3 },
    });
    expect(steps.map(({ step, epoch }) => [step, epoch])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, step <= 5 ? 1 : 2]),
    );
    expect((await listCheckpoints(folder.checkpoints)).map(({ step }) => step)).toEqual([6, 8]);
    expect((await readdir(folder.previews)).sort()).toEqual(
      [0, 5, 8].map((step) => `step-0000000${step}-from-A.png`),
    );
    expect((await metricsOf(folder)).map(({ step, learningRates }) => [step, learningRates])).toEqual(
      [1, 1, 1 - 2 / 5, 1 - 4 / 5].map((factor, index) => [
        2 * (index + 1),
        { discriminator: 0.002 * factor, generator: 0.002 * factor },
      ]),
    );
    expect((await readdir(folder.path)).filter((name) => name.includes('tfevents'))).toHaveLength(1);
    expect(await readSittings(folder.sittingsFile)).toMatchObject([
      { began: { step: 0, totalSteps: 8, provider: 'cpu', threads: 1 }, ended: { step: 8, how: 'finished' } },
    ]);
    expect(await readFile(folder.reportFile, 'utf8')).toContain(': cut, finished at step 8</title>');
  });

  it('shows real A, fake B, real B and its identity', async () => {
    // Two test pictures in each domain, 2 pixels between neighbours.
    expect(await sizeOfGrid(finished.folder, 8)).toEqual({ width: 4 * 16 + 3 * 2, height: 2 * 16 + 2 });
  });

  it('shows real A and fake B alone where B is not held to itself', async () => {
    const schedule = { unit: 'steps', constant: 1, decay: 0 };
    const settings = config({ method: 'fastcut', schedule, previewPictures: 3 });
    const folder = await newRun(settings);
    await sit(folder, settings);
    // Three pictures are asked for, A has two.
    expect(await sizeOfGrid(folder, 1)).toEqual({ width: 2 * 16 + 2, height: 2 * 16 + 2 });
  });

  it('has nothing left to do once it is finished', async () => {
    const again = await sit(finished.folder, plain());
    expect(again.outcome).toEqual({ step: 8, finished: true, skippedPictures: 0 });
    expect(again.steps).toEqual([]);
  });
});

describe('resuming', () => {
  const settings = () =>
    config({ averageDecay: 0.9, batchSize: 2, options: { generator: { normalization: 'batch' } } });

  it('is exact: stopped and resumed, the weights are those of a run that was never stopped', async () => {
    const [straight, stopped] = [await newRun(settings()), await newRun(settings())];
    await sit(straight, settings());
    const first = await sit(stopped, settings(), { stopAfter: 3, workers: 2 });
    expect(first.outcome).toEqual({ step: 3, finished: false, skippedPictures: 0 });
    const secondsBefore = await secondsOf(stopped);
    const second = await sit(stopped, settings());
    expect(second.facts?.resumedStep).toBe(3);
    expect(second.steps.map(({ step }) => step)).toEqual([4, 5, 6, 7, 8]);
    expect(second.outcome.finished).toBe(true);
    expect(await secondsOf(stopped)).toBeGreaterThan(secondsBefore);
    expect(await bytesOf(stopped)).toEqual(await bytesOf(straight));
    const losses = async (folder: RunFolder) => (await metricsOf(folder)).map((line) => line.losses);
    expect(await losses(stopped)).toEqual(await losses(straight));
  });

  it('saves nothing when it is stopped before the first step', async () => {
    const folder = await newRun(config());
    const { outcome } = await sit(folder, config(), { stopAfter: 0 });
    expect(outcome).toEqual({ step: 0, finished: false, skippedPictures: 0 });
    expect(await listCheckpoints(folder.checkpoints)).toEqual([]);
  });

  it('refuses a checkpoint that was made with other settings', async () => {
    const folder = await newRun(config());
    await sit(folder, config(), { stopAfter: 1 });
    const wider = config({ options: { generator: { filters: 3 } } });
    await expect(sit(folder, wider)).rejects.toThrow(
      /step-00000001\.safetensors does not fit the settings of the run: generator\.model\.1\.weight is float32\[2, 3, 7, 7\], expected float32\[3, 3, 7, 7\]/,
    );
    await expect(sit(folder, config({ averageDecay: 0.5 }))).rejects.toThrow(
      'average/generator.model.1.weight is absent, expected float32[2, 3, 7, 7]',
    );
  });
});

it('takes several steps a run without going beyond the end, to the same weights', async () => {
  const several = config({ stepsPerRun: 3, checkpointSteps: 4 });
  const folder = await newRun(several);
  const { steps, outcome } = await sit(folder, several);
  expect(outcome.step).toBe(8);
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await listCheckpoints(folder.checkpoints)).map(({ step }) => step)).toEqual([6, 8]);
  expect(await bytesOf(folder)).toEqual(await bytesOf(finished.folder));
});

describe('a run that diverges', () => {
  const tooFast = () => config({ options: { optimizer: { learningRate: 1e30 } } });

  it('stops and says at which step and by which loss', async () => {
    const folder = await newRun(tooFast());
    await expect(sit(folder, tooFast())).rejects.toThrow(
      /^training diverged: G_GAN is (?:NaN|Infinity) at step 1; there is no checkpoint yet\. A lower learning rate may help$/,
    );
    expect(await listCheckpoints(folder.checkpoints)).toEqual([]);
    const [sitting] = await readSittings(folder.sittingsFile);
    const reason = expect.stringMatching(/^training diverged: G_GAN is /);
    expect(sitting?.ended).toMatchObject({ how: 'diverged', reason });
    expect(await readFile(folder.reportFile, 'utf8')).toContain(': cut, diverged at step ');
  });

  it('keeps the last good checkpoint and names it', async () => {
    const settings = config({ checkpointSteps: 2 });
    const folder = await newRun(settings);
    await sit(folder, settings, { stopAfter: 4 });
    const before = await bytesOf(folder);
    const [, last] = await listCheckpoints(folder.checkpoints);
    await expect(sit(folder, tooFast())).rejects.toThrow(
      `at step 5; the last good checkpoint is ${last?.path}. A lower learning rate may help`,
    );
    expect(await bytesOf(folder)).toEqual(before);
  });
});

it('names a broken picture once, counts it, and trains on', async () => {
  const root = await drawDataset(await temporaryFolder());
  await writePicture(join(root, 'trainA', 'broken.png'), Buffer.from('not a picture'));
  const settings = config({ data: root, schedule: { unit: 'epochs', constant: 2, decay: 0 } });
  const { outcome, notes } = await sit(await newRun(settings), settings);
  expect(outcome).toEqual({ step: 12, finished: true, skippedPictures: 1 });
  expect(notes).toEqual([expect.stringMatching(/^skipped trainA\/broken\.png: .+/)]);
});
