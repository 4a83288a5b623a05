import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blankPixels, encode, type Pixels } from '../image/index.ts';
import type { FeatureNetwork } from './feature-network.ts';
import type { LpipsNetwork } from './lpips-network.ts';
import { featureOutputDiversity, lpipsOutputDiversity } from './output-diversity.ts';

const wanted = new Set(['diversity'] as const);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unpaired-output-diversity-'));
  for (const level of [0, 10, 30, 200]) {
    const pixels = blankPixels({ width: level === 200 ? 4 : 16, height: 16 }, [level, 0, 0]);
    await writeFile(path.join(folder, `${level}.png`), await encode(pixels, { format: 'png' }));
  }
});

afterAll(() => rm(folder, { recursive: true }));

const red = (picture: Pixels | undefined) => picture?.data[0] as number;

/** Networks that see the level of red. */
const features = {
  extractor: { name: 'red', dimension: 1, onnx: { sha256: 'f' } },
  resize: 'clean',
  batch: 2,
  measure: async (pictures: readonly Pixels[]) => Float32Array.from(pictures, red),
} as unknown as FeatureNetwork;
let compared = 0;
const lpips = {
  extractor: { name: 'red-difference', onnx: { sha256: 'l' } },
  takes: ({ width }: Pixels) => width >= 8,
  distance: async (x: Pixels, y: Pixels) => {
    compared++;
    return Math.abs(red(x) - red(y));
  },
} as unknown as LpipsNetwork;

/** Pairs are 10, 20 and 30 apart, and 0, 10 and 10. */
const outputs = (...inputs: string[][]) => ({ folder, count: inputs[0]?.length ?? 0, inputs });
const two = () => outputs(['0.png', '10.png', '30.png'], ['0.png', '0.png', '10.png']);

it('is the mean distance of the outputs of one picture, never of two', async () => {
  const request = { outputs: two(), wanted, seed: 0 };
  const translated = { value: (20 + 20 / 3) / 2, pictures: 2 };
  expect(await featureOutputDiversity(request, features)).toEqual([
    {
      metric: 'diversity',
      against: 'other outputs',
      extractor: { name: 'red', sha256: 'f' },
      resize: 'clean',
      outputs: 3,
      better: 'higher',
      translated,
    },
  ]);
  expect(await lpipsOutputDiversity(request, lpips)).toMatchObject([{ outputs: 3, translated }]);
});

it('leaves out pictures that are too small for LPIPS', async () => {
  const some = outputs(['200.png', '200.png'], ['10.png', '30.png']);
  const [figure] = await lpipsOutputDiversity({ outputs: some, wanted, seed: 0 }, lpips);
  expect(figure?.translated).toEqual({ value: 20, pictures: 1 });
  const none = outputs(['200.png', '200.png']);
  expect(await lpipsOutputDiversity({ outputs: none, wanted, seed: 0 }, lpips)).toEqual([]);
});

it('compares no more pairs by LPIPS than eight outputs have', async () => {
  const many = outputs(Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? '0.png' : '30.png')));
  compared = 0;
  await lpipsOutputDiversity({ outputs: many, wanted, seed: 0 }, lpips);
  expect(compared).toBe(28);
});

it('is nothing where it is not asked, or there are no several outputs', async () => {
  expect(await featureOutputDiversity({ outputs: two(), wanted: new Set(), seed: 0 }, features)).toEqual([]);
  expect(await lpipsOutputDiversity({ wanted, seed: 0 }, lpips)).toEqual([]);
});
