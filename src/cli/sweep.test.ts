import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { decode, encode, pixelsFrom } from '../image/index.ts';
import { tinyDiffusion, writeGuidedDiffusionPackage } from '../serving/testing/guided-diffusion-package.ts';
import { writePackage } from '../serving/testing/model-package.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import type { Evaluate } from './evaluate-settings.ts';
import type { runSweep } from './sweep-run.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { writeTinyExtractors } from './testing/tiny-extractors.ts';

type EvaluationReport = Awaited<ReturnType<Evaluate>>;
type SweepReport = Awaited<ReturnType<typeof runSweep>>;

const copy = tinyModel({
  inputs: [{ name: 'input', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
});

let folder: string;
const inside = (...parts: string[]) => path.join(folder, ...parts);

/** Three pictures of 16x16, no two pixels of which are equal. */
async function draw(place: string, start: number): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const picture of [0, 1, 2]) {
    const bytes = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => start + ((at * (7 + picture)) % 120));
    const pixels = pixelsFrom({ width: 16, height: 16 }, bytes);
    await writeFile(path.join(place, `${picture}.png`), await encode(pixels, { format: 'png' }));
  }
}

beforeEach(async () => {
  folder = await temporaryFolder();
  await draw(inside('data/testA'), 0);
  await draw(inside('data/testB'), 120);
  await writeGuidedDiffusionPackage(inside('models'), { name: 'sampled' });
  await writePackage(inside('models'), { name: 'copy', onnx: copy, boundary: 'float32-NCHW' });
  await writeTinyExtractors(inside('extractors'));
});

const surroundings = () => [
  ...['--data', inside('data'), '--models', inside('models'), '--extractors', inside('extractors')],
  ...['--cache', inside('cache'), '--threads', '1', '--provider', 'cpu'],
];

async function evaluate(model: string, ...more: readonly string[]) {
  const json = inside('figures.json');
  const run = await captureProgram('evaluate', '--model', model, '--json', json, ...surroundings(), ...more);
  const report = async () => JSON.parse(await readFile(json, 'utf8')) as EvaluationReport;
  return { ...run, report };
}

async function sweep(model: string, ...more: readonly string[]) {
  const out = inside('sweep');
  const run = await captureProgram('sweep', '--model', model, '--out', out, ...surroundings(), ...more);
  const report = async () => JSON.parse(await readFile(path.join(out, 'sweep.json'), 'utf8')) as SweepReport;
  return { ...run, out, report };
}

type Figures = EvaluationReport['figures'];
const figureOf = (figures: Figures, metric: string) =>
  figures.find((each) => each.metric === metric)?.translated.value as number;

describe('unpaired evaluate, of a model that samples', () => {
  it('measures faithfulness and realism of what is sampled as the model says', async () => {
    const { code, stdout, report } = await evaluate('sampled', '--metrics', 'fid,psnr,l2');
    expect(code).toBe(0);
    expect(stdout).toContain('sampled with strength 0.5, 20 ancestral steps, realism 2, faithfulness 1\n');
    expect(stdout).toMatch(/^FID \(channel-means, clean\) /m);
    expect(stdout).toMatch(/^PSNR to the source /m);
    expect(stdout).toMatch(/^L2 to the source +lower +\S+ +0 +3$/m);
    const again = await (await evaluate('sampled', '--metrics', 'fid,psnr,l2')).report();
    expect(again.figures).toEqual((await report()).figures);
  });

  it('samples as it is asked to', async () => {
    const asked = ['--metrics', 'l2', '--strength', '0.2', '--steps', '4', '--solver', 'ddim'];
    const distance = async (...more: readonly string[]) =>
      figureOf((await (await evaluate('sampled', ...asked, ...more)).report()).figures, 'l2');
    const { stdout } = await evaluate('sampled', ...asked, '--repeats', '2', '--realism', '0');
    expect(stdout).toContain('strength 0.2, 4 ddim steps, 2 times, realism 0, faithfulness 1');
    const [usual, faithful, seeded] = [
      await distance(),
      await distance('--faithfulness', '4'),
      await distance('--seed', '5'),
    ];
    expect(new Set([usual, faithful, seeded]).size).toBe(3);
  });

  it.each([
    ['copy', ['--strength', '0.3'], 'copy/1 does not sample in steps; --strength is for models of EGSDE'],
    ['sampled', ['--outputs', '2'], 'makes one output of a picture'],
    ['sampled', ['--strength', '0.01', '--steps', '11'], 'steps must be an integer from 1 to 10'],
  ])('refuses of %s %j', async (model, argv, message) => {
    const { code, stderr } = await evaluate(model, ...argv);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe('unpaired sweep', () => {
  it('measures every combination as evaluate does, and draws it', async () => {
    const lists = ['--strength', '0.1,0.3', '--realism', '0,2,2', '--steps', '3', '--solver', 'ddim'];
    const { code, stdout, out, report } = await sweep('sampled', ...lists, '--shown', '1');
    expect(code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(['grid.webp', 'sweep.json', 'sweep.svg']);
    const { points } = await report();
    expect(points.map(({ settings }) => [settings.strength, settings.realism])).toEqual([
      [0.1, 0],
      [0.1, 2],
      [0.3, 0],
      [0.3, 2],
    ]);
    expect(points[0]?.figures.map(({ metric }) => metric)).toEqual(['fid', 'kid', 'psnr', 'l2']);
    const asked = ['--strength', '0.3', '--realism', '2', '--steps', '3', '--solver', 'ddim'];
    const alone = await (await evaluate('sampled', ...asked, '--metrics', 'fid,kid,psnr,l2')).report();
    expect(points[3]?.figures).toEqual(alone.figures);
    expect(stdout).toMatch(/^STRENGTH +REALISM +FAITHFULNESS +STEPS +FID \(channel-means, clean\) +KID/m);
    expect(stdout).toMatch(/^untranslated +- +- +- +\S/m);
    expect(stdout).toMatch(/^0\.3 +2 +1 +3 +\S/m);
    const svg = await readFile(path.join(out, 'sweep.svg'), 'utf8');
    expect([...svg.matchAll(/<circle/g)]).toHaveLength(2 * 4);
    expect(svg).toContain('realism 2, by strength');
    // A row for each strength: the picture, and one for each weight.
    const { width, height } = await decode(await readFile(path.join(out, 'grid.webp')));
    const { size } = tinyDiffusion;
    expect([width, height]).toEqual([3 * size.width + 2 * 2, 2 * size.height + 2]);
  });

  it('measures faithfulness alone where there is no extractor', async () => {
    const { code, stderr, out } = await sweep(
      'sampled',
      ...['--steps', '2', '--limit', '2', '--strength', '0.2', '--extractors', inside('none')],
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('not computed: FID, KID')]);
    expect((await readdir(out)).sort()).toEqual(['grid.webp', 'sweep.json']);
  });

  it.each([
    ['copy', [], 'copy/1 does not sample in steps; a sweep is for models of EGSDE', 1],
    ['sampled', ['--strength', '0.2,1.5'], 'strength must be above 0 and at most 1, got 1.5', 1],
    ['sampled', ['--realism', '0,-1'], 'Expected a number of 0 or more', 2],
  ] as const)('refuses of %s %j before anything is run', async (model, argv, message, expected) => {
    const { code, stderr, out } = await sweep(model, ...argv);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });
});
