import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../image/index.ts';
import { readMetrics } from '../run/logged-metrics.ts';
import { drawDataset } from '../testing/dataset.ts';
import { newRun, sit, temporaryFolder } from '../testing/sitting.ts';
import { tinyEgsde } from '../testing/tiny-egsde.ts';

let data = '';
beforeAll(async () => {
  data = await drawDataset(await temporaryFolder());
});

describe('a run of the score network of EGSDE', () => {
  it('shows what it makes of noise', async () => {
    const config = tinyEgsde('score', { data, loadSize: 20 });
    const folder = await newRun(config);
    const { outcome } = await sit(folder, config);
    expect(outcome).toEqual({ step: 4, finished: true, skippedPictures: 0 });
    const previews = (await readdir(folder.previews)).sort();
    expect(previews).toEqual(['step-00000000-samples.png', 'step-00000004-samples.png']);
    const [first, last] = await Promise.all(
      previews.map(async (file) => decode(await readFile(join(folder.previews, file)))),
    );
    // One row of two pictures of 8x8, with lines around them.
    expect([last?.width, last?.height].map((side) => Math.floor((side as number) / 8))).toEqual([2, 1]);
    expect(last?.data).not.toEqual(first?.data);
    expect(await readFile(folder.reportFile, 'utf8')).toContain('<h3>Samples, of noise alone</h3>');
  });
});

describe('a run of the classifier of EGSDE', () => {
  it('tells how often it knows the domain of test pictures, and stops learning as its schedule ends', async () => {
    const schedule = { unit: 'steps', constant: 0, decay: 16 };
    const config = tinyEgsde('classifier', { data, loadSize: 20, schedule });
    const folder = await newRun(config);
    const { outcome } = await sit(folder, config);
    expect(outcome.finished).toBe(true);
    const points = await readMetrics(folder.metricsFile);
    const last = points.at(-1);
    expect(last?.losses.held_out_accuracy).toBeGreaterThan(0.7);
    expect(last?.learningRates.classifier).toBeCloseTo(0.002 / 16, 9);
    expect(points[0]?.learningRates.classifier).toBe(0.002);
  });
});
