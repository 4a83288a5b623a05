import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { blankPixels, type Colour, encode } from '../image/index.ts';
import { writePackage } from '../serving/testing/model-package.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import type { Evaluate } from './evaluate-settings.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { writeTinyExtractors } from './testing/tiny-extractors.ts';

type EvaluationReport = Awaited<ReturnType<Evaluate>>;

/** A network that turns light into dark: floats of -1 to 1 change their sign. */
const invert = tinyModel({
  inputs: [{ name: 'input', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  nodes: [{ operator: 'Neg', inputs: ['input'], outputs: ['output'] }],
});

let folder: string;
let data: string;
const inside = (...parts: string[]) => path.join(folder, ...parts);

/** Plain pictures of 16x16, whose features, and so every figure, can be told by hand. */
async function draw(place: string, colours: readonly Colour[]): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const [at, colour] of colours.entries()) {
    const bytes = await encode(blankPixels({ width: 16, height: 16 }, colour), { format: 'png' });
    await writeFile(path.join(place, `${at}.png`), bytes);
  }
}

/** Two levels a set: grey 51 is 0.2, 204 is 0.8. */
const dark: Colour[] = [
  [51, 51, 51],
  [0, 0, 0],
  [51, 51, 51],
  [0, 0, 0],
];
const light: Colour[] = dark.map((colour) => colour.map((level) => 255 - level) as unknown as Colour);

beforeEach(async () => {
  folder = await temporaryFolder();
  data = inside('data');
  await draw(path.join(data, 'testA'), dark);
  await draw(path.join(data, 'testB'), light);
  const image = { width: 16, height: 16 };
  await writePackage(inside('models'), { name: 'invert', onnx: invert, boundary: 'float32-NCHW', image });
  await writeTinyExtractors(inside('extractors'));
});

async function evaluate(...more: readonly string[]) {
  const json = inside('figures.json');
  const run = await captureProgram(
    'evaluate',
    ...['--models', inside('models'), '--extractors', inside('extractors'), '--cache', inside('cache')],
    ...['--json', json, '--threads', '1', '--provider', 'cpu'],
    ...more,
  );
  const report = async () => JSON.parse(await readFile(json, 'utf8')) as EvaluationReport;
  return { ...run, report };
}

const model = () => ['--model', 'invert', '--data', data];

function figure({ figures }: EvaluationReport, metric: string, against?: string) {
  return figures.find((each) => each.metric === metric && (against ?? each.against) === each.against);
}

describe('unpaired evaluate', () => {
  it('measures a model against the target, the source, and doing nothing', async () => {
    const { code, stdout, stderr, report } = await evaluate(...model());
    expect([code, stderr]).toEqual([0, expect.stringMatching(/not computed: MS-SSIM/)]);
    const found = await report();
    // Equal sets of translations and targets; before, each of three channels was 0.8 away.
    const fid = figure(found, 'fid');
    expect(fid?.translated.value).toBeCloseTo(0, 6);
    expect(fid?.untranslated?.value).toBeCloseTo(3 * 0.8 ** 2, 5);
    expect(fid).toMatchObject({ extractor: { name: 'channel-means' }, resize: 'clean', better: 'lower' });
    const mse = figure(found, 'mse', 'source');
    expect(mse?.translated.value).toBeCloseTo((0.6 ** 2 + 1) / 2, 6);
    expect(mse?.untranslated?.value).toBe(0);
    expect(figure(found, 'l2')?.translated.value).toBeCloseTo((Math.sqrt(768) * (0.6 + 1)) / 2, 4);
    const lpips = figure(found, 'lpips');
    expect(lpips?.translated).toMatchObject({ value: expect.closeTo(0.8, 6) as number, pictures: 4 });
    // Of six pairs, four are of different levels.
    expect(figure(found, 'diversity')?.translated.value).toBeCloseTo((4 / 6) * Math.sqrt(3) * 0.2, 6);
    expect(stdout).toContain('invert/1, light to dark: 4 pictures of testA against 4 pictures of testB');
    expect(stdout).toMatch(/^FID \(channel-means, clean\) +lower +\S+ +1\.92 +4$/m);
    expect(stdout).toMatch(/^LPIPS \(mean-difference\) to the source +lower +0\.8 +0 +4$/m);
    expect(stdout).not.toContain('to the pair');
  });

  it('compares with true pairs where they are said to be', async () => {
    const { report } = await evaluate(...model(), '--pairs', '--metrics', 'psnr,mse');
    const found = await report();
    expect(found.figures.map(({ metric, against }) => `${metric} ${against}`)).toEqual([
      'psnr source',
      'psnr pair',
      'mse source',
      'mse pair',
    ]);
    expect(figure(found, 'mse', 'pair')?.translated.value).toBeCloseTo(0, 6);
    expect(figure(found, 'mse', 'pair')?.untranslated?.value).toBeCloseTo((0.6 ** 2 + 1) / 2, 6);
  });

  it('translates the other side with --direction BtoA', async () => {
    const { stdout } = await evaluate(...model(), '--direction', 'BtoA', '--metrics', 'mse');
    expect(stdout).toContain('4 pictures of testB against 4 pictures of testA');
  });

  it('tells what is missing without extractors', async () => {
    const { code, stdout, stderr } = await evaluate(...model(), '--extractors', inside('none'));
    expect(code).toBe(0);
    expect(stdout).toContain('SSIM to the source');
    expect(stderr).toMatch(
      /not computed: FID, KID, diversity, feature distance: there is no extractor of features\. Import one/,
    );
    expect(stderr).toMatch(/not computed: LPIPS: there is no LPIPS network/);
  });

  it('writes the card, once, and leaves no translations behind', async () => {
    await writeFile(inside('models/invert/1/CARD.md'), '# invert\n\n## Limits\n\nall\n');
    for (let run = 0; run < 2; run++) expect((await evaluate(...model(), '--write-card')).code).toBe(0);
    const card = await readFile(inside('models/invert/1/CARD.md'), 'utf8');
    expect(card.match(/^## .*/gm)).toEqual(['## Evaluation', '## Limits']);
    expect(card).toContain('| FID (channel-means, clean) | lower |');
    expect((await readdir(inside('models/invert/1'))).sort()).toEqual([
      'CARD.md',
      'generator.onnx',
      'manifest.json',
    ]);
  });

  it('keeps statistics, which pytorch-fid could read, until a picture changes', async () => {
    const folders = ['--fake', path.join(data, 'testA'), '--real', path.join(data, 'testB')];
    const first = await (await evaluate(...folders, '--metrics', 'fid')).report();
    expect(first.figures[0]?.translated.value).toBeCloseTo(1.92, 5);
    const cached = await readdir(inside('cache'));
    expect(cached).toHaveLength(2);
    const [file = ''] = cached;
    await writeFile(inside('cache', file), 'damaged');
    expect((await (await evaluate(...folders, '--metrics', 'fid')).report()).figures).toEqual(first.figures);
    expect(await readdir(inside('cache'))).toEqual(cached);
    await utimes(path.join(data, 'testA/0.png'), 1, 1);
    await evaluate(...folders, '--metrics', 'fid');
    expect(await readdir(inside('cache'))).toHaveLength(3);
    const stats = inside('cache', (await readdir(inside('cache')))[0] ?? '');
    const given = await evaluate('--fake', path.join(data, 'testA'), '--stats', stats, '--metrics', 'fid');
    expect(given.code).toBe(0);
  });

  it('names the convention that was asked for', async () => {
    const folders = ['--fake', path.join(data, 'testA'), '--real', path.join(data, 'testB')];
    const { stdout } = await evaluate(...folders, '--resize', 'legacy');
    expect(stdout).toMatch(/^FID \(channel-means, legacy\) /m);
    expect(stdout).toMatch(/^PSNR to the pair /m);
  });

  it.each([
    [['--model', 'invert'], /give --model and --data, or --real/],
    [['--model', 'invert', '--data', 'nowhere'], /there is no folder nowhere/],
    [['--model', 'other', '--data', 'nowhere'], /other/],
    [['--fake', 'x', '--real', 'y', '--extractor', 'unheard-of'], /there is no folder x/],
  ])('fails on %j', async (argv, message) => {
    const { code, stderr } = await evaluate(...argv);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('fails on an unreadable picture rather than leave it out', async () => {
    await writeFile(path.join(data, 'testB/broken.png'), 'no picture');
    const { code, stderr } = await evaluate(...model());
    expect(code).toBe(1);
    expect(stderr).toMatch(/testB\/broken\.png cannot be measured/);
    await writeFile(path.join(data, 'testB/0.jpg'), 'x');
    expect((await evaluate(...model())).stderr).toMatch(
      /0\.jpg and 0\.png in .* differ in their endings only/,
    );
  });

  it('refuses a metric that there is not', async () => {
    const { code, stderr } = await evaluate(...model(), '--metrics', 'fid,beauty');
    expect([code, stderr]).toEqual([2, expect.stringContaining('beauty is not among fid, kid')]);
  });
});
