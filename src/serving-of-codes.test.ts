import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest } from './core/manifest.ts';
import { Random } from './core/random.ts';
import { float32, tensor, toNumbers } from './core/tensor.ts';
import { decode, encode, type Pixels } from './image/index.ts';
import { LanePool, Session } from './runtime/index.ts';
import { form, startHarness } from './serving/testing/harness.ts';
import { networkManifest } from './training/export/packaged-network.ts';
import {
  vectorQuantizedDescription,
  vectorQuantizedNetworks,
} from './training/export/vector-quantized-networks.ts';
import { drawnAutoencoder, drawnTransformer } from './training/testing/drawn-vector-quantized.ts';

/** Packages of VQ-I2I as training writes them, served. */

const { autoencoder, weights } = drawnAutoencoder({
  multipliers: [1, 2],
  resolution: 16,
  attentionResolutions: [8],
});
const prior = drawnTransformer({ vocabulary: 16, positions: 32, layers: 2, heads: 2, width: 8 }, 3);
const standard = {
  mean: [0, 0, 0],
  factor: [0, 1, 2].map((row) => [0, 1, 2].map((at) => Number(row === at))),
};

const model = {
  autoencoder,
  weights,
  source: 'A',
  styles: { A: standard, B: standard },
  prior: { ...prior, window: { height: 4, width: 4 }, conditioning: 'whole' },
} as const;
const networks = vectorQuantizedNetworks(model);

async function writePackage(root: string): Promise<void> {
  const folder = path.join(root, 'seasons', '1');
  await mkdir(folder, { recursive: true });
  const manifest: Manifest = {
    schemaVersion: 1,
    name: 'seasons',
    version: '1',
    method: 'vq-i2i',
    sourceDomain: 'summer',
    targetDomain: 'winter',
    image: {
      width: 16,
      height: 16,
      flexible: true,
      multipleOf: autoencoder.sizeMultiple,
      maximumPixels: 4096,
    },
    translator: vectorQuantizedDescription(model),
    networks: Object.fromEntries(
      Object.entries(networks).map(([role, network]) => [role, networkManifest(network, `${role}.onnx`)]),
    ),
    provenance: { createdAt: '2026-01-01T00:00:00Z', software: 'unpaired test' },
  };
  for (const [role, { bytes }] of Object.entries(networks))
    await writeFile(path.join(folder, `${role}.onnx`), bytes);
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
}

let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;
beforeAll(async () => {
  service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 2, threadsPerLane: 1, provider: 'cpu' }),
    environment: { MAX_BATCH: '4' },
    models: writePackage,
  });
});
afterAll(() => service?.close());

function noise(seed: number): Pixels {
  const random = Random.of(seed, 'picture');
  const data = Uint8Array.from({ length: 16 * 16 * 3 }, () => random.integer(256));
  return { width: 16, height: 16, data };
}

type Fields = Readonly<Record<string, string>>;

async function post(action: string, pixels: Pixels | undefined, fields: Fields): Promise<Pixels> {
  const files = pixels ? [await encode(pixels, { format: 'png' })] : [];
  const { payload, headers } = form([
    ...files.map((content) => ({ name: 'image', content, filename: 'a.png', type: 'image/png' })),
    ...Object.entries(fields).map(([name, content]) => ({ name, content })),
  ]);
  const answer = await service.app.inject({ method: 'POST', url: `/${action}/seasons`, headers, payload });
  expect(answer.statusCode, answer.body).toBe(200);
  return decode(answer.rawPayload);
}

const translate = async (pixels: Pixels, fields: Fields) => (await post('translate', pixels, fields)).data;

/** What batches of different sizes may round otherwise; another code is far more. */
function expectAlike(a: Pixels, b: Pixels): void {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  const differences = [...a.data].map((level, at) => Math.abs(level - (b.data[at] as number)));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
}

/** The first output of one network. */
async function run(role: string, feeds: Parameters<Session['run']>[0]) {
  const session = await Session.create(networks[role]?.bytes ?? '', { provider: 'cpu', threads: 1 });
  try {
    return Object.values(await session.run(feeds))[0] as NonNullable<(typeof feeds)[string]>;
  } finally {
    await session.dispose();
  }
}

it('are ready when all their networks have run, and can be asked for everything', async () => {
  const [entry] = (await service.app.inject({ url: '/models' })).json().models;
  expect(entry).toMatchObject({
    name: 'seasons',
    state: 'ready',
    capabilities: {
      attributeCodeSize: 3,
      requests: ['translate', 'generate', 'extend', 'complete', 'transition'],
      domains: ['summer', 'winter'],
    },
  });
});

it.each([
  ['winter', 'target'],
  ['summer', 'source'],
])('make of a picture into %s what their networks make, one after the other', async (to, side) => {
  const pixels = noise(1);
  const style = [0.5, -1, 2];
  const codes = await run('content-encoder', { picture: tensor('uint8', [1, 16, 16, 3], pixels.data) });
  const painted = await run(`decoder-${side}`, { codes, styles: float32([1, 1, 3], style) });
  expect(new Set(toNumbers(codes)).size).toBeGreaterThan(1);
  expect(await translate(pixels, { to, attribute: JSON.stringify(style) })).toEqual(painted.data);
});

it('make the same of a picture and a seed, whatever shares their runs', async () => {
  const wanted = [1, 2, 3, 4, 5, 6].map((seed) => ({ seed, to: seed % 2 === 0 ? 'summer' : 'winter' }));
  const one = ({ seed, to }: (typeof wanted)[number]) =>
    post('translate', noise(seed), { seed: String(seed), to });
  const together = await Promise.all(wanted.map(one));
  for (const [index, each] of wanted.entries()) expectAlike(await one(each), together[index] as Pixels);
  expect(together[0]).not.toEqual(together[2]);
});

it.each<[string, Fields, boolean, [width: number, height: number]]>([
  ['generate', { width: '11', height: '8' }, false, [22, 16]],
  ['extend', { left: '5', right: '9', size: 'original' }, true, [30, 16]],
  ['extend', { right: '12', to: 'winter', size: 'original' }, true, [28, 16]],
  ['complete', { given: 'top-left' }, true, [16, 16]],
  ['transition', { attribute: '[[1, 0, 0], [0, 2, 0], [0, 0, 1]]' }, true, [16, 16]],
])(
  '%s %j: the same of a seed, whatever shares the runs',
  async (action, fields, ofPicture, [width, height]) => {
    // A transition of a picture draws nothing.
    const seeded = (seed: number) => (action === 'transition' ? fields : { ...fields, seed: String(seed) });
    const one = (seed: number) => post(action, ofPicture ? noise(seed) : undefined, seeded(seed));
    const others = [7, 8, 9].map((seed) => translate(noise(seed), { seed: '1' }));
    const together = await Promise.all([1, 2, 3].map(one));
    await Promise.all(others);
    expect(together[0]).toMatchObject({ width, height });
    expectAlike(await one(2), together[1] as Pixels);
    expect(together[1]?.data).not.toEqual(together[2]?.data);
  },
);
