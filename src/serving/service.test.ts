import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { blankPixels, decode, encode, type Pixels } from '../image/index.ts';
import { LanePool } from '../runtime/index.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { type FormPart, form, pictureForm, startHarness } from './testing/harness.ts';
import { writePackage } from './testing/model-package.ts';

/** The whole service on real lanes: two processes, real networks, real pictures. */

/** uint8 NHWC, as our own exports: swaps rows and columns. */
const transposer = tinyModel({
  inputs: [{ name: 'input', dtype: 'uint8', shape: ['n', 'h', 'w', 3] }],
  outputs: [{ name: 'output', dtype: 'uint8', shape: ['n', 'w', 'h', 3] }],
  nodes: [
    { operator: 'Transpose', inputs: ['input'], outputs: ['output'], integers: { perm: [0, 2, 1, 3] } },
  ],
});

/** float32 NCHW in [-1, 1], as other exporters write: a convolution and a tanh. */
const convolution = tinyModel({
  inputs: [{ name: 'input', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  weights: { w: { shape: [3, 3, 5, 5], values: Random.of(7).fill(225, (random) => 0.3 * random.normal()) } },
  nodes: [
    { operator: 'Conv', inputs: ['input', 'w'], outputs: ['features'], integers: { pads: [2, 2, 2, 2] } },
    { operator: 'Tanh', inputs: ['features'], outputs: ['output'] },
  ],
});

let pool: LanePool;
let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;

beforeAll(async () => {
  pool = await LanePool.start({ lanes: 2, threadsPerLane: 1, provider: 'cpu' });
  service = await startHarness<LanePool>({
    lanes: pool,
    environment: { MAX_BATCH: '4', MAX_UPLOAD_BYTES: '500000', MAX_PIXELS: '4000000' },
    models: async (root) => {
      await writePackage(root, { name: 'transposer', onnx: transposer });
      await writePackage(root, { name: 'convolution', onnx: convolution, boundary: 'float32-NCHW' });
      await writePackage(root, { name: 'no-graph' });
      await writePackage(root, {
        name: 'other-names',
        onnx: transposer,
        edit: (manifest) => Object.assign(manifest.networks.generator?.inputs[0] ?? {}, { name: 'picture' }),
      });
      const altered = await writePackage(root, { name: 'altered', onnx: transposer });
      await writeFile(path.join(altered, 'generator.onnx'), Uint8Array.from(transposer).fill(0, -3));
      const incomplete = await writePackage(root, { name: 'incomplete', onnx: transposer });
      await rm(path.join(incomplete, 'generator.onnx'));
      await writePackage(root, {
        name: 'misspelt',
        onnx: transposer,
        edit: (manifest) => Object.assign(manifest, { colour: 1 }),
      });
    },
  });
});

afterAll(() => service?.close());

const post = (model: string, body: { payload: Uint8Array; headers: Record<string, string> }) =>
  service.app.inject({
    method: 'POST',
    url: `/translate/${model}`,
    headers: body.headers,
    payload: Buffer.from(body.payload),
  });

function noise(seed: number, width: number, height: number): Pixels {
  const random = Random.of(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

it('serves the good models and lists the others with their reasons', async () => {
  const { models } = (await service.app.inject({ url: '/models' })).json() as {
    models: { name: string; state: string; reason?: string; provider?: string }[];
  };
  const reasons = Object.fromEntries(models.map(({ name, state, reason }) => [name, reason ?? state]));
  expect(reasons).toEqual({
    altered: expect.stringMatching(/^altered\/1\/generator.onnx has sha256 [0-9a-f]{64}, the manifest says/),
    convolution: 'ready',
    incomplete: 'incomplete/1/generator.onnx is missing (ENOENT)',
    misspelt: expect.stringContaining('colour'),
    'no-graph': expect.stringMatching(/\S/),
    'other-names': "generator.onnx's inputs are input; the manifest says picture",
    transposer: 'ready',
  });
  expect(JSON.stringify(models)).not.toContain(service.root);
  const ready = await service.app.inject({ url: '/readyz' });
  expect(ready.statusCode).toBe(200);
  const failed = await post('altered', pictureForm(new Uint8Array(1)));
  expect(failed.json()).toMatchObject({
    status: 503,
    code: 'MODEL_FAILED',
    detail: expect.stringContaining('sha256'),
  });
});

it('a network of ours gets the pixels as they are', async () => {
  const source = noise(1, 16, 16);
  const answer = await post('transposer', pictureForm(await encode(source, { format: 'png' })));
  const { data } = await decode(answer.rawPayload);
  const expected = Array.from({ length: 16 * 16 }, (_, place) => {
    const [row, column] = [Math.floor(place / 16), place % 16];
    return [...source.data.subarray((column * 16 + row) * 3, (column * 16 + row) * 3 + 3)];
  });
  expect([...data]).toEqual(expected.flat());
});

it('a network that gives another size is our fault, not the one of the request', async () => {
  const wide = await encode(noise(2, 64, 32), { format: 'png' });
  expect((await post('transposer', pictureForm(wide))).json()).toMatchObject({
    status: 500,
    code: 'INTERNAL',
  });
});

it('16 clients at once get, 12 times over, the pixels that each gets alone', async () => {
  const requests = await Promise.all(
    Array.from({ length: 16 }, async (_, client) => ({
      model: client % 3 === 0 ? 'transposer' : 'convolution',
      body: pictureForm(await encode(noise(client, 64, client % 3 === 1 ? 96 : 64), { format: 'png' })),
    })),
  );
  const send = async ({ model, body }: (typeof requests)[number]) => {
    const answer = await post(model, body);
    expect(answer.statusCode).toBe(200);
    return answer.rawPayload;
  };
  const alone: Buffer[] = [];
  for (const request of requests) alone.push(await send(request));
  expect(new Set(alone.map((answer) => answer.toString('base64'))).size).toBe(16);
  await Promise.all(
    requests.map(async (request, client) => {
      for (let round = 0; round < 12; round++) {
        if (!(await send(request)).equals(alone[client] as Buffer))
          throw new Error(`client ${client} got other pixels`);
      }
    }),
  );
  const metrics = (await service.app.inject({ url: '/metrics' })).body;
  // Requests really shared runs: fewer runs than pictures.
  const batches = /unpaired_batch_items_count\{network="convolution\/1\/generator"\} (\d+)/.exec(
    metrics,
  )?.[1];
  const items = /unpaired_batch_items_sum\{network="convolution\/1\/generator"\} (\d+)/.exec(metrics)?.[1];
  expect(Number(items)).toBeGreaterThan(Number(batches));
});

it('tensors of the Open Inference Protocol give in a batch what they give alone, and what a picture gives', async () => {
  const pictures = [4, 5, 6, 7, 8].map((seed) => noise(seed, 16, 16));
  const infer = async (items: readonly Pixels[]) => {
    const bytes = Buffer.concat(items.map(({ data }) => data));
    const json = JSON.stringify({
      inputs: [
        {
          name: 'input',
          datatype: 'UINT8',
          shape: [items.length, 16, 16, 3],
          parameters: { binary_data_size: bytes.length },
        },
      ],
      parameters: { binary_data_output: true },
    });
    const answer = await service.app.inject({
      method: 'POST',
      url: '/v2/models/transposer/infer',
      headers: { 'inference-header-content-length': String(json.length) },
      payload: Buffer.concat([Buffer.from(json), bytes]),
    });
    expect(answer.statusCode).toBe(200);
    return answer.rawPayload.subarray(Number(answer.headers['inference-header-content-length']));
  };
  const alone = await Promise.all(pictures.map((picture) => infer([picture])));
  expect(await infer(pictures)).toEqual(Buffer.concat(alone));
  const form = pictureForm(await encode(pictures[0] as Pixels, { format: 'png' }), { size: 'original' });
  expect(Buffer.from((await decode((await post('transposer', form)).rawPayload)).data)).toEqual(alone[0]);
});

it('a lane that is killed under load costs no request', async () => {
  const body = pictureForm(await encode(noise(3, 256, 256), { format: 'png' }));
  const expected = (await post('convolution', body)).rawPayload;
  const before = pool.lanes.reduce((sum, { restarts }) => sum + restarts, 0);
  const answers = Promise.all(Array.from({ length: 32 }, () => post('convolution', body)));
  process.kill(pool.lanes[0]?.pid as number, 'SIGKILL');
  for (const answer of await answers) {
    expect(answer.statusCode).toBe(200);
    expect(answer.rawPayload.equals(expected)).toBe(true);
  }
  await expect
    .poll(() => pool.lanes.reduce((sum, { restarts }) => sum + restarts, 0), { timeout: 10_000 })
    .toBeGreaterThan(before);
});

describe('bad input meets a real service', () => {
  const file = (content: Uint8Array): FormPart => ({
    name: 'image',
    content,
    filename: 'a.png',
    type: 'image/png',
  });
  let picture: Uint8Array;
  beforeAll(async () => {
    picture = await encode(blankPixels({ width: 32, height: 32 }, [9, 9, 9]), { format: 'png' });
  });

  it.each<[string, () => FormPart[], number]>([
    ['not an image', () => [file(Buffer.from('a text'))], 415],
    ['a truncated image', () => [file(picture.subarray(0, picture.length - 30))], 422],
    ['zero bytes', () => [file(new Uint8Array())], 422],
    ['two files', () => [file(picture), file(picture)], 422],
    ['no field', () => [], 422],
    ['quality 101', () => [file(picture), { name: 'quality', content: '101' }], 422],
    ['an unknown format', () => [file(picture), { name: 'format', content: 'tga' }], 422],
    ['a body over the limit', () => [file(new Uint8Array(600_000))], 413],
  ])('%s', async (_what, parts, status) => {
    const answer = await post('convolution', form(parts()));
    expect([answer.statusCode, answer.json().status]).toEqual([status, status]);
    expect((await post('convolution', form([file(picture)]))).statusCode).toBe(200);
  });
});
