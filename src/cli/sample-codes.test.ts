import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { encode, pixelsFrom } from '../image/index.ts';
import { writeVectorQuantizedPackage } from '../serving/testing/vector-quantized-package.ts';
import { type EvaluationReport, evaluated } from './testing/evaluated.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { writeTinyExtractors } from './testing/tiny-extractors.ts';

let folder: string;
const inside = (...parts: string[]) => path.join(folder, ...parts);

/**
 * Pictures of 16x16 whose columns of codes are these, of green and blue such that the model paints them as they are: see
 * `tinyVectorQuantized`.
 */
async function draw(
  place: string,
  pictures: readonly (readonly number[])[],
  [green, blue]: readonly [number, number],
): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const [at, codes] of pictures.entries()) {
    const bytes = Array.from({ length: 16 * 16 }, (_, pixel) => {
      const code = codes[Math.floor((pixel % 16) / 4)] as number;
      return [32 * code + 16, green, blue];
    });
    const pixels = pixelsFrom({ width: 16, height: 16 }, Uint8Array.from(bytes.flat()));
    await writeFile(path.join(place, `${at}.png`), await encode(pixels, { format: 'png' }));
  }
}

beforeEach(async () => {
  folder = await temporaryFolder();
  // Each code one more than that at its left: what the prior expects within a row, but not from row to row.
  await draw(
    inside('data/testA'),
    [
      [0, 1, 2, 3],
      [2, 3, 4, 5],
      [4, 5, 6, 7],
    ],
    [102, 0],
  );
  await draw(
    inside('data/testB'),
    [
      [1, 1, 1, 1],
      [6, 6, 6, 6],
    ],
    [255, 255],
  );
  await writeVectorQuantizedPackage(inside('models'), { name: 'coded' });
  await writeVectorQuantizedPackage(inside('models'), { name: 'plain', prior: false, styles: false });
  await writeTinyExtractors(inside('extractors'));
});

const evaluate = (model: string, ...more: readonly string[]) => evaluated(folder, model, ...more);

function figure({ figures }: EvaluationReport, metric: string, of: string) {
  return figures.find((each) => each.metric === metric && each.of === of);
}

/** Of the prior's seven unlikely codes, and of its likely one. */
const [unlikely, likely] = [Math.log2(Math.exp(3) + 7), Math.log2(1 + 7 * Math.exp(-3))];

describe('unpaired evaluate, of a model of codes', () => {
  it('measures how pictures are made again, the codebook, and the prior', async () => {
    const { code, stdout, stderr, report } = await evaluate('coded', '--outputs', '2', '--write-card');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('bits')]);
    expect(stdout).toContain(
      '3 pictures of testA against 2 pictures of testB; translated in a style drawn for each',
    );
    const found = await report();
    expect(figure(found, 'code-perplexity', 'pictures of light')).toMatchObject({
      against: 'itself',
      translated: { value: expect.closeTo(2 ** 2.918, 2) as number, pictures: 3 },
    });
    expect(figure(found, 'codes-used', 'pictures of light')?.translated.value).toBe(8);
    expect(figure(found, 'codes-used', 'pictures of dark')?.translated).toEqual({ value: 2, pictures: 2 });
    // Twelve steps to the right in each picture, and the first code of the first: the last coordinate is 7.
    const bits = figure(found, 'bits-per-code', 'pictures of light')?.translated;
    expect(bits?.value).toBeCloseTo((37 * likely + 11 * unlikely) / 48, 5);
    expect(figure(found, 'bits-per-code', 'pictures of dark')?.translated.value).toBeCloseTo(unlikely, 5);
    for (const domain of ['light', 'dark']) {
      const of = `reconstructions of ${domain}`;
      expect(figure(found, 'psnr', of)?.translated.value).toBeGreaterThan(45);
      expect(figure(found, 'ssim', of)?.translated.value).toBeGreaterThan(0.99);
      expect(figure(found, 'lpips', of)?.against).toBe('original');
      expect(figure(found, 'fid', `generated ${domain}`)).toBeUndefined();
    }
    expect(stdout).toMatch(/^PSNR of reconstructions of light +higher +\S+ +- +3$/m);
    expect(await readFile(inside('models/coded/1/CARD.md'), 'utf8')).toContain(
      '| bits per code of pictures of dark | lower |',
    );
  });

  it('measures what the prior makes up', async () => {
    const options = ['--generate', '5', '--extend', '--metrics', 'fid,kid', '--top-k', '1'];
    const { code, stdout, report } = await evaluate('coded', ...options);
    expect(code).toBe(0);
    expect(stdout).toContain('5 generated in both domains; extended at the right');
    const found = await report();
    expect(figure(found, 'fid', 'generated dark')).toMatchObject({
      extractor: { name: 'channel-means' },
      translated: { pictures: 5 },
    });
    expect(figure(found, 'kid', 'generated light')?.translated.pictures).toBe(5);
    // The likeliest codes go on from the last column: 4 5, 6 7, 0 1. Right halves have 2 3, 4 5, 6 7, left ones two less.
    const extended = figure(found, 'fid', 'extensions of light');
    const unit = (32 / 255) ** 2;
    expect(extended?.untranslated?.value).toBeCloseTo(4 * unit, 3);
    expect(extended?.translated).toMatchObject({
      value: expect.closeTo(((2 / 3) ** 2 + (Math.sqrt(28 / 3) - 2) ** 2) * unit, 3) as number,
      pictures: 3,
    });
  });

  it('is the same by the same seed', async () => {
    const run = async (...more: string[]) =>
      (await (await evaluate('coded', '--generate', '3', '--metrics', 'fid', ...more)).report()).figures;
    const first = await run();
    expect(await run()).toEqual(first);
    expect(await run('--seed', '5')).not.toEqual(first);
  });

  it('takes styles of test pictures where none are known, and says what a model cannot', async () => {
    const { code, stdout, stderr, report } = await evaluate('plain', '--outputs', '2');
    expect(code).toBe(0);
    expect(stdout).toContain('translated in the style of a test picture for each');
    expect(stderr).toMatch(/not computed: bits per code: the model has no prior/);
    const found = await report();
    expect(figure(found, 'codes-used', 'pictures of dark')).toBeDefined();
    // What was taken from a picture of the target is read again out of the outputs.
    const error = found.figures.find(({ metric }) => metric === 'attribute-error');
    expect(error?.translated.value).toBeLessThan(0.01);
    const refused = await evaluate('plain', '--extend', '--generate', '4');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(
        'plain/1 makes no pictures up; for --generate and --extend a model with a prior',
      ),
    ]);
    expect((await evaluate('coded', '--extend', '--top-k', '9')).stderr).toContain(
      '--top-k is at most the 8 codes of coded/1, got 9',
    );
    expect((await evaluate('coded', '--extend', '--top-p', '0')).code).toBe(2);
  });
});
