import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { toNumbers } from '../core/tensor.ts';
import { encode, pixelsFrom } from '../image/index.ts';
import type { TrainingConfig } from './config/index.ts';
import { latestCheckpoint, type RunFolder } from './run/index.ts';
import { writePicture } from './testing/dataset.ts';
import { newRun, sit, temporaryFolder } from './testing/sitting.ts';
import { tinyConfig } from './testing/tiny-config.ts';
import { tinyCycleGan } from './testing/tiny-cyclegan.ts';

let data = '';
beforeAll(async () => {
  data = await temporaryFolder();
  const sizes = {
    trainA: [
      [16, 20],
      [20, 16],
    ],
    trainB: [[21, 17]],
    testA: [[16, 16]],
    testB: [[16, 16]],
  };
  for (const [folder, pictures] of Object.entries(sizes)) {
    for (const [index, [width, height]] of (pictures as [number, number][]).entries()) {
      const random = Random.of(0, folder, index);
      const bytes = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
      const png = await encode(pixelsFrom({ width, height }, bytes), { format: 'png' });
      await writePicture(join(data, folder, `${index}.png`), png);
    }
  }
});

const schedule = { unit: 'steps', constant: 4, decay: 0, warmUp: 0 };
const own = () => ({ data, preprocess: 'none', schedule });

async function tensorsOf(folder: RunFolder) {
  const checkpoint = await latestCheckpoint(folder.checkpoints);
  return new Map([...(checkpoint?.tensors ?? [])].map(([name, tensor]) => [name, toNumbers(tensor)]));
}

describe('a run on pictures of sizes of their own', () => {
  it.each([
    ['cut', () => tinyConfig(own())],
    ['enco', () => tinyConfig({ method: 'enco', options: { featureLayers: [3, 7, 16, 20] }, ...own() })],
    ['cyclegan, accumulating', () => tinyCycleGan({ ...own(), accumulate: 2, options: { poolSize: 0 } })],
  ] as [string, () => TrainingConfig][])('trains and resumes exactly: %s', async (_, configure) => {
    const config = configure();
    const [straight, stopped] = [await newRun(config), await newRun(config)];
    const { outcome, steps } = await sit(straight, config);
    expect(outcome).toEqual({ step: 4, finished: true, skippedPictures: 0 });
    expect(steps.every(({ losses }) => Object.values(losses).every(Number.isFinite))).toBe(true);
    await sit(stopped, config, { stopAfter: 1 });
    await sit(stopped, config);
    expect(await tensorsOf(stopped)).toEqual(await tensorsOf(straight));
  });
});
