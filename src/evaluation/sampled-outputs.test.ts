import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../core/manifest.ts';
import { blankPixels, encode } from '../image/index.ts';
import { writeExemplarPackage } from '../testing/exemplar-package.ts';
import { openExemplarModel } from './exemplar-model.ts';
import { readPicture } from './picture-set.ts';
import { type SampledOutputs, sampleOutputs } from './sampled-outputs.ts';

type Manifest = Parameters<typeof openExemplarModel>[1];
const session = { provider: 'cpu', threads: 1 } as const;

let folder: string;
const inside = (...parts: string[]) => path.join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unpaired-sampled-'));
  await mkdir(inside('source'));
  for (const [name, level] of [
    ['dark', 51],
    ['light', 204],
    ['middle', 128],
  ] as const) {
    const pixels = blankPixels({ width: 16, height: 16 }, [level, level, level]);
    await writeFile(inside('source', `${name}.png`), await encode(pixels, { format: 'png' }));
  }
  await writeExemplarPackage(folder, { name: 'coded' });
  await writeExemplarPackage(folder, { name: 'collapsed', ignoresCode: true });
});

afterAll(() => rm(folder, { recursive: true }));

async function manifestOf(name: string): Promise<Manifest> {
  return parseManifest(await readFile(inside(name, '1/manifest.json'), 'utf8'), name) as Manifest;
}

async function sample(
  name: string,
  out: string,
  { count = 3, seed = 0, files = ['dark.png', 'light.png'] } = {},
): Promise<SampledOutputs> {
  const manifest = await manifestOf(name);
  const model = await openExemplarModel(inside(name, '1'), manifest, session);
  try {
    return await sampleOutputs({
      model,
      source: { folder: inside('source'), files, policy: manifest.image },
      out: inside(out),
      count,
      seed,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  } finally {
    await model.dispose();
  }
}

/** The colour of each output, which says its code. */
async function colours({ outputs }: SampledOutputs): Promise<string[][]> {
  const { folder, inputs } = outputs;
  const colour = async (file: string) =>
    String((await readPicture({ folder, files: [file] }, file)).data.slice(0, 3));
  return Promise.all(inputs.map((files) => Promise.all(files.map(colour))));
}

describe('sampled outputs', () => {
  it('are one for each picture, and several, all by codes of their own', async () => {
    const sampled = await sample('coded', 'several');
    expect(sampled.translated).toEqual({ folder: inside('several/1'), files: ['dark.png', 'light.png'] });
    expect(sampled.outputs.inputs[1]).toEqual(['1', '2', '3'].map((place) => path.join(place, 'light.png')));
    expect((await readdir(inside('several'))).sort()).toEqual(['1', '2', '3']);
    expect(new Set((await colours(sampled)).flat()).size).toBe(6);
  });

  it('are the same by the same seed, whatever other pictures there are', async () => {
    const [dark, light] = await colours(await sample('coded', 'first'));
    const [middle, again] = await colours(
      await sample('coded', 'again', { files: ['middle.png', 'light.png'] }),
    );
    expect(again).toEqual(light);
    expect(middle).not.toEqual(dark);
    const [, other] = await colours(await sample('coded', 'other', { seed: 1 }));
    expect(other).not.toEqual(light);
  });

  it('tell how well the model reads its own codes, beside what the untranslated pictures say', async () => {
    const { attributeError } = await sample('coded', 'error', { count: 20 });
    expect(attributeError).toMatchObject({ metric: 'attribute-error', outputs: 20, better: 'lower' });
    expect(attributeError.extractor?.name).toBe('coded/1 attribute encoder');
    // Bytes are 1/255 apart, in codes 0.04: at most half of that is lost, unless a code leaves the range.
    expect(attributeError.translated).toEqual({ value: expect.closeTo(0.01, 2) as number, pictures: 2 });
    // Levels of 0.2 and 0.8 are codes of -3 and 3, far from those that are drawn.
    expect(attributeError.untranslated?.value).toBeCloseTo(3, 0);
  });

  it('show a model whose codes have collapsed', async () => {
    const sampled = await sample('collapsed', 'collapsed-outputs', { count: 50 });
    for (const same of await colours(sampled)) expect(new Set(same).size).toBe(1);
    // E|z| of the standard normal distribution.
    expect(sampled.attributeError.translated.value).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
  });

  it('are several of 32 pictures only, spread over the set', async () => {
    const drawn = await readFile(inside('source/dark.png'));
    await mkdir(inside('many'));
    const files = Array.from({ length: 64 }, (_, at) => `${String(at).padStart(2, '0')}.png`);
    for (const file of files) await writeFile(inside('many', file), drawn);
    const manifest = await manifestOf('coded');
    const model = await openExemplarModel(inside('coded/1'), manifest, session);
    const request = { model, out: inside('of-many'), count: 2, seed: 0, onProgress: () => {} };
    const source = { folder: inside('many'), files, policy: manifest.image };
    const { signal } = new AbortController();
    const { translated, outputs } = await sampleOutputs({ ...request, source, signal });
    expect(translated.files).toHaveLength(64);
    expect(outputs.inputs.map(([first]) => first)).toEqual(
      files.filter((_, at) => at % 2 === 0).map((file) => path.join('1', file)),
    );
    const over = AbortSignal.abort(new Error('enough'));
    await expect(sampleOutputs({ ...request, source, signal: over })).rejects.toThrow('enough');
    await model.dispose();
  });

  it('are not made where a picture cannot be read, or a network is another', async () => {
    await writeFile(inside('source/broken.png'), 'no picture');
    await expect(sample('coded', 'broken', { files: ['broken.png'] })).rejects.toThrow(
      /broken\.png cannot be measured/,
    );
    const manifest = await manifestOf('coded');
    const open = (changed: object) =>
      openExemplarModel(inside('coded/1'), { ...manifest, ...changed }, session);
    const generator = {
      ...manifest.networks.generator,
      inputs: [{ name: 'z', dtype: 'float32', shape: [3] }],
    };
    await expect(open({ networks: { ...manifest.networks, generator } })).rejects.toThrow(
      'expected an input number 2 of an exemplar-guided model, got "z" float32',
    );
    const short = await open({ translator: { ...manifest.translator, attributeCodeSize: 4 } });
    await expect(short.encodeAttribute(blankPixels({ width: 16, height: 16 }))).rejects.toThrow(
      'the attribute encoder of coded/1 gives a code of 3 values, its manifest says 4',
    );
    await short.dispose();
  });
});
