import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readMetrics } from './run/logged-metrics.ts';
import { drawDataset } from './testing/dataset.ts';
import { newRun, sit, temporaryFolder } from './testing/sitting.ts';
import { tinyDrit } from './testing/tiny-drit.ts';

it('logs the newest of every loss, though most steps of DRIT have one, and previews both directions', async () => {
  const data = await drawDataset(await temporaryFolder());
  const config = tinyDrit({ data, logSteps: 4, schedule: { unit: 'steps', constant: 2, decay: 2 } });
  const folder = await newRun(config);
  const { outcome, steps } = await sit(folder, config);
  expect(outcome).toMatchObject({ step: 4, finished: true });
  const [content, , full, last] = steps.map(({ losses }) => losses);
  expect(Object.keys(content ?? {})).toEqual(['disContent']);
  const [line] = await readMetrics(folder.metricsFile);
  expect(line).toMatchObject({ step: 4, losses: { EG_total: full?.EG_total, disContent: last?.disContent } });
  expect((await readdir(folder.previews)).sort()).toEqual(
    [0, 4].flatMap((step) => ['A', 'B'].map((domain) => `step-0000000${step}-from-${domain}.png`)),
  );
  expect(await readFile(folder.reportFile, 'utf8')).toContain('its translations to B with random codes');
});
