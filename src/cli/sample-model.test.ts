import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { blankPixels, encode } from '../image/index.ts';
import { writePackage } from '../serving/testing/model-package.ts';
import { writeExemplarPackage } from '../testing/exemplar-package.ts';
import { type EvaluationReport, evaluated } from './testing/evaluated.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { writeTinyExtractors } from './testing/tiny-extractors.ts';

let folder: string;
const inside = (...parts: string[]) => path.join(folder, ...parts);

/** Pictures of 16x16 with an edge between two levels. */
async function draw(place: string, levels: readonly (readonly [number, number])[]): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const [at, [left, right]] of levels.entries()) {
    const pixels = blankPixels({ width: 16, height: 16 }, [left, left, left]);
    pixels.data.forEach((_, byte) => {
      if ((byte / 3) % 16 >= 8) pixels.data[byte] = right;
    });
    await writeFile(path.join(place, `${at}.png`), await encode(pixels, { format: 'png' }));
  }
}

beforeEach(async () => {
  folder = await temporaryFolder();
  await draw(inside('data/testA'), [
    [51, 102],
    [102, 51],
    [0, 51],
  ]);
  await draw(inside('data/testB'), [
    [153, 204],
    [204, 153],
    [102, 153],
  ]);
  await writeExemplarPackage(inside('models'), { name: 'coded' });
  await writeExemplarPackage(inside('models'), { name: 'collapsed', ignoresCode: true });
  await writeTinyExtractors(inside('extractors'));
});

const evaluate = (model: string, ...more: readonly string[]) => evaluated(folder, model, ...more);

function figures({ figures }: EvaluationReport, metric: string) {
  return figures.filter((each) => each.metric === metric);
}

describe('unpaired evaluate, of a model with attribute codes', () => {
  it('measures several outputs of a picture beside one of each', async () => {
    const { code, stdout, report } = await evaluate('coded', '--write-card');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'coded/1, A to B: 3 pictures of testA against 3 pictures of testB; translated by a code drawn for each',
    );
    expect(stdout).toMatch(/^diversity \(mean-difference\) of 8 outputs of a picture +higher +\S+ +- +3$/m);
    expect(stdout).toMatch(
      /^attribute error \(coded\/1 attribute encoder\) of 8 outputs of a picture +lower +0\.0\d+ +\S+ +3$/m,
    );
    const found = await report();
    const [inFeatures, byLpips] = figures(found, 'diversity').filter(({ outputs }) => outputs === 8);
    expect(inFeatures).toMatchObject({ extractor: { name: 'channel-means' }, resize: 'clean' });
    // Two codes of three values differ by 2 * sqrt(4 / pi) = 2.26 in length, and in each by 1.13; a code moves by a tenth.
    expect(inFeatures?.translated.value).toBeGreaterThan(0.17);
    expect(inFeatures?.translated.value).toBeLessThan(0.29);
    expect(byLpips?.translated.value).toBeGreaterThan(0.08);
    expect(byLpips?.translated.value).toBeLessThan(0.15);
    expect(figures(found, 'fid')).toHaveLength(1);
    expect(await readFile(inside('models/coded/1/CARD.md'), 'utf8')).toContain(
      '| diversity (channel-means, clean) of 8 outputs of a picture | higher |',
    );
  });

  it('tells what of the content stays', async () => {
    const found = await (await evaluate('coded', '--metrics', 'feature-distance,edges')).report();
    const [edges] = figures(found, 'edges');
    expect(edges).toMatchObject({ against: 'source', better: 'higher' });
    // The edge stays where it was; the bytes round it.
    expect(edges?.translated.value).toBeGreaterThan(0.999);
    expect(edges?.untranslated?.value).toBeCloseTo(1, 9);
    const [distance] = figures(found, 'feature-distance');
    expect(distance).toMatchObject({
      extractor: { name: 'channel-means' },
      resize: 'clean',
      against: 'source',
    });
    expect(distance?.untranslated?.value).toBe(0);
    // Levels of 0.3, 0.3 and 0.1 become 0.5, give or take what the codes say, in three channels.
    expect(distance?.translated.value).toBeGreaterThan(0.2);
    expect(distance?.translated.value).toBeLessThan(0.8);
  });

  it('finds codes that have collapsed', async () => {
    const run = await evaluate('collapsed', '--metrics', 'diversity,attribute-error', '--outputs', '3');
    const found = await run.report();
    const several = found.figures.filter(({ outputs }) => outputs === 3);
    expect(several.map(({ metric }) => metric)).toEqual(['diversity', 'diversity', 'attribute-error']);
    expect(several.map(({ translated }) => translated.value)).toEqual([0, 0, expect.any(Number)]);
    expect(several[2]?.translated.value).toBeGreaterThan(0.4);
  });

  it('gives the same figures by the same seed', async () => {
    const run = async (...more: string[]) =>
      (await (await evaluate('coded', '--metrics', 'diversity,mse', '--outputs', '2', ...more)).report())
        .figures;
    const first = await run();
    expect(await run()).toEqual(first);
    expect(await run('--seed', '5')).not.toEqual(first);
  });
});

it('does not ask several outputs of other models', async () => {
  await writePackage(inside('models'), { name: 'plain' });
  const { code, stderr } = await evaluate('plain', '--outputs', '4');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/plain\/1 makes one output of a picture; --outputs is for models with attribute/),
  ]);
});
