import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode, encode, fromPlanes, type Pixels } from './image/index.ts';
import { LanePool } from './runtime/index.ts';
import { form, startHarness } from './serving/testing/harness.ts';
import { torchFile } from './training/import/fixtures/generator-weights.ts';
import { behind, drawnPrior } from './training/import/fixtures/vq-weights.ts';
import { importModel } from './training/import/import-model.ts';
import { readCheckpoint, stateDict } from './training/pytorch/index.ts';

/** A checkpoint of VQ-I2I's second stage, imported and served: the published first stage, and a drawn transformer. */

const published = fileURLToPath(new URL('training/import/fixtures/vq-i2i', import.meta.url));
const floats = (file: string) => {
  const { buffer, byteOffset, length } = readFileSync(path.join(published, file));
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
};
const size = { width: 32, height: 32 };
const pictureOf = (name: string) => fromPlanes(floats(`${name}.bin`), size);
const styleOf = (side: 'a' | 'b') => [...floats(`out_style_${side}.bin`)];

async function importBoth(models: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-second-stage-'));
  try {
    const first = stateDict(
      readCheckpoint(readFileSync(path.join(published, 'weights.pt'))),
      'model_state_dict',
    );
    // The published window of 16x16; small beside it.
    const prior = drawnPrior({ vocabulary: 32, positions: 512, layers: 1, width: 16 });
    const weights = new Map([...behind('first_stage_model.', first), ...behind('transformer.', prior)]);
    const file = path.join(folder, 'n_700.pt');
    await writeFile(file, torchFile({ model_state_dict: weights }));
    const about = { changes: [], pictures: [], commands: [], software: 'unpaired test' };
    const session = { provider: 'cpu', threads: 1 } as const;
    const named = { name: 'seasons', source: 'summer', target: 'winter' };
    await importModel({ ...about, ...named, file, models, session });
  } finally {
    await rm(folder, { recursive: true });
  }
}

let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;
beforeAll(async () => {
  service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' }),
    models: importBoth,
  });
});
afterAll(() => service?.close());

async function post(action: string, image: Pixels | undefined, fields: Readonly<Record<string, string>>) {
  const file = image && {
    name: 'image',
    content: await encode(image, { format: 'png' }),
    filename: 'a.png',
    type: 'image/png',
  };
  const others = Object.entries(fields).map(([name, content]) => ({ name, content }));
  const { payload, headers } = form(file === undefined ? others : [file, ...others]);
  return service.app.inject({ method: 'POST', url: `/${action}/seasons`, headers, payload });
}

async function painted(...wanted: Parameters<typeof post>): Promise<Pixels> {
  const answer = await post(...wanted);
  expect(answer.statusCode, answer.body).toBe(200);
  return decode(answer.rawPayload);
}

const outputs = ['out_cross_ab', 'out_cross_ba', 'out_rec_a', 'out_rec_b'] as const;

/** Mean difference of levels. */
function distance(a: Pixels, b: Pixels): number {
  return a.data.reduce((sum, level, at) => sum + Math.abs(level - (b.data[at] as number)), 0) / a.data.length;
}

/** The published pictures are no bytes: the nearest ones have a few other codes, of which the whole picture is felt. */
it.each([
  ['out_cross_ab', 'winter', 'a', 'b'],
  ['out_cross_ba', 'summer', 'b', 'a'],
  ['out_rec_a', 'summer', 'a', 'a'],
  ['out_rec_b', 'winter', 'b', 'b'],
] as const)('makes of the pictures of published code its %s', async (output, to, content, style) => {
  const fields = { to, attribute: JSON.stringify(styleOf(style)) };
  const made = await painted('translate', pictureOf(`in_x${content}`), fields);
  const others = outputs.filter((other) => other !== output);
  const nearest = Math.min(...others.map((other) => distance(made, pictureOf(other))));
  expect(distance(made, pictureOf(output))).toBeLessThan(nearest / 2);
});

const attribute = JSON.stringify(styleOf('b'));

it.each<[string, boolean, Readonly<Record<string, string>>, readonly [number, number]]>([
  ['generate', false, { width: '18', attribute }, [36, 32]],
  ['extend', true, { right: '8' }, [40, 32]],
  ['extend', true, { left: '6', right: '4', to: 'winter', attribute }, [42, 32]],
  ['complete', true, { given: 'top-half' }, [32, 32]],
  ['transition', true, { attribute: JSON.stringify([styleOf('b'), styleOf('a')]) }, [32, 32]],
])('can %s: of a picture %j, %j', async (action, ofPicture, fields, [width, height]) => {
  const image = ofPicture ? pictureOf('in_xa') : undefined;
  const seeded = action === 'transition' ? fields : { ...fields, seed: '5' };
  const made = await painted(action, image, seeded);
  expect(made).toMatchObject({ width, height });
  expect(new Set(made.data).size).toBeGreaterThan(20);
  expect(await painted(action, image, seeded)).toEqual(made);
});

it('asks for a style where it does not know how styles are distributed', async () => {
  const answer = await post('generate', undefined, {});
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toMatch(/send a style picture/);
});

it('says how wide maps can be with the published conditioning', async () => {
  const answer = await post('generate', undefined, { width: '32', attribute });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toMatch(/width.*pictures of fewer than 32/);
});
