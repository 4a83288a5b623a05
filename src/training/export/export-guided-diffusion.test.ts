import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { elementCount, float32, type Tensor, toNumbers } from '../../core/tensor.ts';
import { decode } from '../../image/index.ts';
import { Session } from '../../runtime/index.ts';
import type { EgsdePart } from '../config/egsde.ts';
import { methodOf } from '../methods/index.ts';
import { readSafetensors } from '../pytorch/index.ts';
import { type RunFolder, saveCheckpoint } from '../run/index.ts';
import { averageName, initialState } from '../step/state.ts';
import { drawDataset } from '../testing/dataset.ts';
import { newRun, temporaryFolder } from '../testing/sitting.ts';
import { tinyEgsde } from '../testing/tiny-egsde.ts';
import type { ExportRequest } from './export-request.ts';
import { exportRun } from './export-run.ts';

let data = '';
let score: RunFolder;
let classifier: RunFolder;
let found: Awaited<ReturnType<typeof exported>>;

/** A run as it is when training begins, but for the bias of the average, which then tells this noise everywhere. */
async function untrained(part: EgsdePart, changes: object = {}): Promise<RunFolder> {
  const config = tinyEgsde(part, { data, ...changes });
  const folder = await newRun(config);
  const tensors = new Map(initialState(methodOf(config), 1, true));
  if (part === 'score') tensors.set(averageName('score.out.2.bias'), float32([6], new Array(6).fill(0.5)));
  await saveCheckpoint(folder.checkpoints, { step: 20, tensors, meta: { seconds: 1800 } });
  await writeFile(folder.metricsFile, `${JSON.stringify({ losses: { [`${part} loss`]: 0.25 } })}\n`);
  return folder;
}

async function exported(changes: Partial<ExportRequest> = {}) {
  const path = await exportRun({
    folder: score,
    classifierFolder: classifier,
    models: await temporaryFolder(),
    name: 'red2blue',
    source: 'red',
    target: 'blue',
    commands: ['unpaired train --method egsde --part score'],
    software: 'unpaired test',
    threads: 1,
    strength: 0.3,
    ...changes,
  });
  const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
  return { path, manifest, card: await readFile(join(path, 'CARD.md'), 'utf8') };
}

beforeAll(async () => {
  data = await drawDataset(await temporaryFolder());
  [score, classifier] = [await untrained('score'), await untrained('classifier')];
  found = await exported();
});

type GuidedDiffusion = Extract<Manifest['translator'], { kind: 'guided-diffusion' }>;
const defaultsOf = ({ translator }: Manifest) => (translator as GuidedDiffusion).defaults;

/** What the step without guidance says is the noise of a picture: by these coefficients its next state is just that. */
async function noiseOf(path: string): Promise<number[]> {
  const session = await Session.create(join(path, 'plain-step.onnx'), { provider: 'cpu', threads: 1 });
  const dims = [1, 3, 8, 8];
  const nothing = float32(dims, new Float32Array(elementCount(dims)));
  try {
    const { next_state } = await session.run({
      state: nothing,
      step_noise: nothing,
      previous_clean: nothing,
      time: float32([1], [3]),
      coefficients: float32([1, 6], [1, 1, 0, 1, 0, 0]),
    });
    return toNumbers(next_state as Tensor);
  } finally {
    await session.dispose();
  }
}

describe('runs of both parts of EGSDE', () => {
  it('become one package of a guided and a plain step', async () => {
    const { path, manifest } = found;
    expect(manifest).toMatchObject({
      method: 'egsde',
      sourceDomain: 'red',
      targetDomain: 'blue',
      image: { width: 8, height: 8, flexible: false },
      translator: {
        kind: 'guided-diffusion',
        step: 'step',
        plainStep: 'plain-step',
        schedule: { course: 'named-linear', steps: 40 },
        sources: ['red'],
      },
      provenance: { steps: 20, seed: 0 },
    });
    expect(defaultsOf(manifest)).toEqual({
      strength: 0.3,
      steps: 12,
      solver: 'ancestral',
      realism: 500 / 32 ** 2,
      faithfulness: 2,
      repeats: 1,
    });
    const files = ['CARD.md', 'manifest.json', 'plain-step.onnx', 'preview.webp', 'step.onnx'];
    expect((await readdir(path)).sort()).toEqual(files);
    const { width } = await decode(await readFile(join(path, 'preview.webp')));
    expect(width % 10).toBe(8);
  });

  it('tell on the card how both were trained, and how pictures are made', () => {
    const { card } = found;
    expect(card).toContain('| direction | red to blue |');
    expect(card).toContain(
      "| score network | ADM's U-Net, 32 filters times 2, residual blocks a level: 1, no attention |",
    );
    expect(card).toContain('| sampling | strength 0.3, 12 ancestral steps, realism 0.4883, faithfulness 2 |');
    expect(card).toContain(
      '| training of the classifier | 20 steps of batch 2, seed 0, 0.5 hours, moving average of its weights |',
    );
    expect(card).toContain('| score loss | 0.250 |');
    expect(card).toContain('| classifier loss | 0.250 |');
    expect(card).toContain('Translations are made as a request that says nothing, seed 0.');
  });

  it('give moving averages, unless the last weights are asked for', async () => {
    for (const value of await noiseOf(found.path)) expect(value).toBeCloseTo(0.5, 6);
    const last = await exported({ weights: 'last' });
    expect(await noiseOf(last.path)).toEqual(new Array(3 * 8 * 8).fill(0));
    expect(last.card).toContain('0.5 hours, weights of the last step |');
  });

  it('take what a request need not say, and how energies are computed, from who exports them', async () => {
    const file = join(await temporaryFolder(), 'score.safetensors');
    const { manifest, card } = await exported({
      ...{ steps: 5, solver: 'ddim', realism: 7, faithfulness: 0, repeats: 2, variance: 'fixedlarge' },
      ...{ realismBy: 'negative-l2', lowPass: 2, severalSteps: true, safetensors: file },
    });
    expect(manifest.translator).toMatchObject({ variance: 'fixedlarge', steps: 'steps' });
    const expected = { strength: 0.3, steps: 5, solver: 'ddim', realism: 7, faithfulness: 0, repeats: 2 };
    expect(defaultsOf(manifest)).toEqual(expected);
    expect(card).toContain(
      '| energies | realism by negative-l2 of features, faithfulness by negative-l2 behind a low pass by 2 |',
    );
    const { tensors } = readSafetensors(await readFile(file));
    expect(tensors.get('out.2.bias')?.data).toEqual(new Float32Array(6).fill(0.5));
  });

  it('are refused where they are not for each other', async () => {
    await expect(exported({ classifierFolder: score })).rejects.toThrow(
      "is no run of EGSDE's classifier but of egsde-score",
    );
    await expect(exported({ folder: classifier })).rejects.toThrow("the run trains EGSDE's classifier");
    await expect(exported({ direction: 'BtoA' })).rejects.toThrow(
      'export it with --direction AtoB, got BtoA',
    );
    await expect(exported({ steps: 13 })).rejects.toThrow('steps must be an integer from 1 to 12');
    await expect(exported({ repeats: 5 })).rejects.toThrow('translator.defaults.repeats');
    const other = await untrained('classifier', { options: { noise: { course: 'cosine' } } });
    await expect(exported({ classifierFolder: other })).rejects.toThrow(
      'must have the same options.noise, got {"course":"linear","steps":40} and {"course":"cosine","steps":40}',
    );
    const { classifierFolder: _, ...alone } = { classifierFolder: classifier };
    await expect(
      exportRun({
        ...{ ...alone, folder: score, models: data, name: 'x', source: 'a', target: 'b', commands: [] },
        ...{ software: 'unpaired test', threads: 1 },
      }),
    ).rejects.toThrow('give its run as --classifier-run');
  });
});
