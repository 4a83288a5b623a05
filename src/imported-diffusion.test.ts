import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseManifest } from './core/manifest.ts';
import { guidedSettings, openGuidedModel } from './evaluation/index.ts';
import { decode, encode, type Pixels } from './image/index.ts';
import { LanePool } from './runtime/index.ts';
import { form, startHarness } from './serving/testing/harness.ts';
import { importModel } from './training/import/import-model.ts';
import { trialPicture } from './training/import/trial.ts';

/** Checkpoints of EGSDE's published code, imported and served. */

const published = fileURLToPath(new URL('training/import/fixtures/egsde', import.meta.url));
const session = { provider: 'cpu', threads: 1 } as const;
const picture = trialPicture({ width: 16, height: 16 });
let folder = '';

async function importBoth(models: string): Promise<void> {
  folder = await importModel({
    file: path.join(published, 'model.pt'),
    classifier: path.join(published, 'dse.pt'),
    ...{ name: 'cat2dog', source: 'cat', target: 'dog', models, session, lowPass: 4 },
    ...{ pictures: [], commands: [], software: 'unpaired test' },
    // Few times, as the published noise needs networks that were trained on it.
    changes: [
      { score: { headChannels: 16 } },
      { classifier: { headChannels: 16 } },
      { schedule: { steps: 25, first: 0.002, last: 0.25 } },
    ],
  });
}

let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;
beforeAll(async () => {
  service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' }),
    models: importBoth,
  });
});
afterAll(() => service?.close());

async function served(fields: Readonly<Record<string, string>>): Promise<Pixels> {
  const image = {
    name: 'image',
    content: await encode(picture, { format: 'png' }),
    filename: 'a.png',
    type: 'image/png',
  };
  const others = Object.entries(fields).map(([name, content]) => ({ name, content }));
  const { payload, headers } = form([image, ...others]);
  const answer = await service.app.inject({ method: 'POST', url: '/translate/cat2dog', headers, payload });
  expect(answer.statusCode, answer.body).toBe(200);
  return decode(answer.rawPayload);
}

/** The same by the model itself, as it is evaluated. */
async function sampled(said: Parameters<typeof guidedSettings>[1], seed: number): Promise<Pixels> {
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), 'manifest');
  const { translator } = manifest;
  if (translator.kind !== 'guided-diffusion')
    throw new Error(`expected a guided diffusion, got ${translator.kind}`);
  const guided = { ...manifest, translator };
  const model = await openGuidedModel(folder, guided, session);
  const { signal } = new AbortController();
  try {
    return await model.translate(picture, guidedSettings(guided, said), { seed, place: 0, signal });
  } finally {
    await model.dispose();
  }
}

const differences = (one: Pixels, other: Pixels) =>
  one.data.map((level, at) => Math.abs(level - (other.data[at] as number)));

it.each([
  { strength: 0.4, realism: 200, faithfulness: 7.6 },
  { strength: 0.4, realism: 0, faithfulness: 0 },
  { strength: 0.6, steps: 4, solver: 'second-order', realism: 50, faithfulness: 1 },
] as const)('is served with %j as it is sampled alone', async (said) => {
  const fields = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, String(value)]));
  const answered = await served({ ...fields, seed: '3' });
  const alone = await sampled(said, 3);
  expect(Math.max(...differences(answered, alone))).toBeLessThanOrEqual(1);
  // Another seed is another picture, so that the same one does say something.
  const other = await sampled(said, 4);
  expect(Math.max(...differences(answered, other))).toBeGreaterThan(8);
});
