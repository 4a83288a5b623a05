import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parseManifest } from '../../core/manifest.ts';
import { type RunFolder, runFolder } from '../run/index.ts';
import { drawDataset } from '../testing/dataset.ts';
import { newRun, sit, temporaryFolder } from '../testing/sitting.ts';
import { tinyConfig } from '../testing/tiny-config.ts';
import { tinyCycleGan } from '../testing/tiny-cyclegan.ts';
import type { ExportRequest } from './export-request.ts';
import { exportRun } from './export-run.ts';

let data = '';
let folder: RunFolder;

beforeAll(async () => {
  data = await drawDataset(await temporaryFolder());
  const config = tinyCycleGan({ data, schedule: { unit: 'steps', constant: 3, decay: 0 } });
  folder = await newRun(config);
  await sit(folder, config);
});

const about = { source: 'red', target: 'blue', commands: [], software: 'unpaired test', threads: 1 };

async function exported(name: string, changes: Partial<ExportRequest> = {}) {
  const models = await temporaryFolder();
  const path = await exportRun({ ...about, folder, models, name, ...changes });
  const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
  return { manifest, preview: await readFile(join(path, 'preview.webp')) };
}

it('exports the translator that is asked for, A to B when nothing is said', async () => {
  const [silent, there, back] = [
    await exported('red2blue'),
    await exported('red2blue', { direction: 'AtoB' }),
    await exported('blue2red', { direction: 'BtoA', source: 'blue', target: 'red' }),
  ];
  expect(silent.manifest.networks).toEqual(there.manifest.networks);
  expect(silent.manifest).toMatchObject({ method: 'cyclegan', sourceDomain: 'red', targetDomain: 'blue' });
  expect(back.manifest).toMatchObject({ sourceDomain: 'blue', targetDomain: 'red' });
  expect(back.manifest.networks.generator?.sha256).not.toBe(there.manifest.networks.generator?.sha256);
  expect(back.manifest.networks.generator?.parameters).toBe(there.manifest.networks.generator?.parameters);
  // Each shows the pictures of its own source.
  expect(back.preview.equals(there.preview)).toBe(false);
});

it('writes previews of both directions while it trains', async () => {
  for (const domain of ['A', 'B']) {
    const preview = await readFile(join(folder.previews, `step-00000003-from-${domain}.png`));
    expect(preview.length).toBeGreaterThan(0);
  }
});

it('refuses a direction that the method does not train', async () => {
  const config = tinyConfig({ data, schedule: { unit: 'steps', constant: 1, decay: 0 } });
  const cut = await newRun(config);
  await sit(runFolder(cut.path), config);
  await expect(exported('blue2red', { folder: cut, direction: 'BtoA' })).rejects.toThrow(
    'cut trains AtoB, there is no translator BtoA to export',
  );
});
