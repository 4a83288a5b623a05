import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toNumbers } from '../../core/tensor.ts';
import { decode } from '../../image/index.ts';
import { readSafetensors } from '../pytorch/index.ts';
import { latestCheckpoint, type RunFolder, runFolder, writeRunConfig } from '../run/index.ts';
import { readMetrics } from '../run/logged-metrics.ts';
import { drawDataset } from '../testing/dataset.ts';
import { newRun, sit, temporaryFolder } from '../testing/sitting.ts';
import { tinyFirstStage, tinyPriorConfig } from '../testing/tiny-first-stage.ts';
import { type CodeFile, readCodeFile, writeCodeFile } from './code-file.ts';
import { FirstStageError, settingsAfter } from './first-stage.ts';

let data = '';
let first: RunFolder;
beforeAll(async () => {
  data = await drawDataset(await temporaryFolder());
  first = await tinyFirstStage(await temporaryFolder(), data);
});

/** A copy that may be damaged. */
async function copyOfFirst(): Promise<RunFolder> {
  const folder = await temporaryFolder();
  await cp(first.path, folder, { recursive: true });
  return runFolder(folder);
}

async function bytesOf({ checkpoints }: RunFolder) {
  const { tensors, step } = (await latestCheckpoint(checkpoints)) as NonNullable<
    Awaited<ReturnType<typeof latestCheckpoint>>
  >;
  const values = [...tensors].map(([name, tensor]) => `${name} ${toNumbers(tensor).join()}`);
  return { step, values };
}

describe('a run of the second stage', () => {
  it('trains on the codes of the first, which it keeps', async () => {
    const config = await tinyPriorConfig(first, { cuts: 2 });
    const folder = await newRun(config);
    const { outcome, facts, steps, notes } = await sit(folder, config);
    expect(outcome).toEqual({ step: 6, finished: true, skippedPictures: 0 });
    expect(facts?.sizes).toEqual({ trainA: 10, trainB: 8, testA: 2, testB: 3 });
    expect(notes).toEqual(['turning 5 + 4 pictures into codes, 2 cuts of each, and 2 + 3 test pictures']);
    expect(Object.keys(steps[0]?.losses ?? {}).sort()).toEqual([
      'held_out_bits_A',
      'held_out_bits_B',
      'prior',
      'prior_A',
      'prior_B',
    ]);
    const { tensors } = readSafetensors(await readFile(folder.codesFile));
    expect(tensors.get('codes/A')?.dims).toEqual([10, 4, 4]);
    expect(tensors.get('codes/B')?.dims).toEqual([8, 4, 4]);
    expect(tensors.has('autoencoder/quantize.embedding.weight')).toBe(true);
    const { values } = await bytesOf(folder);
    expect(values.some((value) => value.startsWith('transformer.head.weight '))).toBe(true);
    expect(values.some((value) => value.startsWith('autoencoder'))).toBe(false);
  });

  it('goes on exactly where it stopped, without the first stage', async () => {
    const gone = await copyOfFirst();
    const config = await tinyPriorConfig(gone);
    const [straight, stopped] = [await newRun(config), await newRun(config)];
    await sit(straight, config);
    expect((await sit(stopped, config, { stopAfter: 2 })).outcome.step).toBe(2);
    await rm(gone.path, { recursive: true });
    const { notes } = await sit(stopped, config);
    expect(notes).toEqual([]);
    expect(await bytesOf(stopped)).toEqual(await bytesOf(straight));
  });

  it('measures test pictures at checkpoints and previews, and shows what it makes up', async () => {
    const config = await tinyPriorConfig(first, { previewSteps: 4, checkpointSteps: 3, previewPictures: 3 });
    const folder = await newRun(config);
    const { steps } = await sit(folder, config);
    const logged = await readMetrics(folder.metricsFile);
    const measured = logged.filter(({ losses }) => losses.held_out_bits_A !== undefined);
    expect(measured.map(({ step }) => step)).toEqual([3, 4, 6]);
    expect(steps.at(-1)?.losses.held_out_bits_B).toBe(measured.at(-1)?.losses.held_out_bits_B);
    expect(steps[4]?.losses.held_out_bits_A).toBe(measured[1]?.losses.held_out_bits_A);
    const names = ['0', '4', '6'].map((step) => `step-0000000${step}-generated.png`);
    expect((await readdir(folder.previews)).sort()).toEqual(names);
    // Three rows of four pictures of 16x16, with lines between them.
    const { width, height } = await decode(await readFile(join(folder.previews, names[0] as string)));
    expect([width, height].map((side) => Math.floor(side / 16))).toEqual([4, 3]);
    expect(await readFile(folder.reportFile, 'utf8')).toContain('<h3>Generated</h3>');
  });

  it('adds test pictures to codes of a version without them, where they are still there', async () => {
    const own = await drawDataset(await temporaryFolder());
    const config = await tinyPriorConfig(await tinyFirstStage(await temporaryFolder(), own));
    const folder = await newRun(config);
    await sit(folder, config, { stopAfter: 1 });
    const { heldOut, ...file } = (await readCodeFile(folder.codesFile, config)) ?? ({} as CodeFile);
    await writeCodeFile(folder.codesFile, config, file);
    expect((await sit(folder, config, { stopAfter: 2 })).notes).toEqual([
      'turning 2 + 3 test pictures into codes',
    ]);
    expect(await readCodeFile(folder.codesFile, config)).toEqual({ ...file, heldOut });
    await writeCodeFile(folder.codesFile, config, file);
    await rm(join(own, 'testB'), { recursive: true });
    const { outcome, notes, steps } = await sit(folder, config);
    expect(outcome.finished).toBe(true);
    expect(notes).toEqual([
      expect.stringMatching(/^nothing is measured of test pictures: .*testB is missing/),
    ]);
    expect(Object.keys(steps[0]?.losses ?? {}).sort()).toEqual(['prior', 'prior_A', 'prior_B']);
  });

  it.each([
    ['in micro-batches', { batchSize: 1, accumulate: 2 }],
    ['several in a run', { stepsPerRun: 3 }],
  ])('takes the same steps %s', async (_, changes) => {
    const schedule = { unit: 'steps', constant: 3, decay: 0 };
    const lossesOf = async (others: object) => {
      const config = await tinyPriorConfig(first, { schedule, ...others });
      return (await sit(await newRun(config), config)).steps.map(({ losses }) => losses.prior as number);
    };
    const [plain, cut] = [await lossesOf({}), await lossesOf(changes)];
    expect(cut).toHaveLength(3);
    for (const [step, loss] of plain.entries()) expect(cut[step]).toBeCloseTo(loss, 5);
  });

  it('may be stopped before it has its codes', async () => {
    const config = await tinyPriorConfig(first, { schedule: { unit: 'steps', constant: 1, decay: 0 } });
    const folder = await newRun(config);
    expect((await sit(folder, config, { stopAfter: 0 })).outcome).toEqual({
      step: 0,
      finished: false,
      skippedPictures: 0,
    });
    expect((await sit(folder, config)).outcome.finished).toBe(true);
  });

  it('says so when the first stage has gone on meanwhile', async () => {
    const config = await tinyPriorConfig(await copyOfFirst());
    await writeFile(config.firstStage.checkpoint, 'other');
    await expect(sit(await newRun(config), config)).rejects.toThrow(
      /cannot be the first stage: it has SHA-256 .*, the run was begun with/,
    );
  });
});

describe('settings after a first stage', () => {
  it('are its pictures and what decides its codes', async () => {
    expect(await settingsAfter(first)).toMatchObject({
      data,
      loadSize: 18,
      cropSize: 16,
      flip: true,
      firstStage: { cropSize: 16, averaged: false, options: { codebook: { size: 8 } } },
    });
  });

  it('need a run of it with a checkpoint', async () => {
    const empty = runFolder(await temporaryFolder());
    await expect(settingsAfter(empty)).rejects.toThrow('it holds no run: it has no config.json');
    await writeRunConfig(empty, { method: 'cut', data, loadSize: 18, cropSize: 16 });
    await expect(settingsAfter(empty)).rejects.toThrow(FirstStageError);
    await expect(settingsAfter(empty)).rejects.toThrow("it is no run of VQ-I2I's first stage (method: ");
    const bare = await copyOfFirst();
    await rm(bare.checkpoints, { recursive: true });
    await expect(settingsAfter(bare)).rejects.toThrow('it has no checkpoint');
  });
});
