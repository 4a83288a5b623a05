import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decode, encode, type Pixels } from '../image/index.ts';
import { writeGuidedDiffusionPackage } from '../serving/testing/guided-diffusion-package.ts';
import { writeExemplarGuidedPackage, writePackage } from '../serving/testing/model-package.ts';
import { writeVectorQuantizedPackage } from '../serving/testing/vector-quantized-package.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { captureProgram } from './testing/captured-program.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

/** A network that turns light into dark: floats of -1 to 1 change their sign. */
const invert = tinyModel({
  inputs: [{ name: 'input', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['n', 3, 'h', 'w'] }],
  nodes: [{ operator: 'Neg', inputs: ['input'], outputs: ['output'] }],
});

/** A picture of 24 x 16 pixels that no other seed gives. */
function picture(seed: number): Pixels {
  const digest = createHash('shake256', { outputLength: 24 * 16 * 3 })
    .update(String(seed))
    .digest();
  return { width: 24, height: 16, data: new Uint8Array(digest) };
}

interface Place {
  readonly folder: string;
  readonly models: string;
  readonly photos: string;
  readonly out: string;
}

/** A folder with the model `invert` and pictures by name. */
async function prepare(photos: Readonly<Record<string, Uint8Array>>): Promise<Place> {
  const folder = await temporaryFolder();
  const place = {
    folder,
    models: path.join(folder, 'models'),
    photos: path.join(folder, 'photos'),
    out: path.join(folder, 'out'),
  };
  await writePackage(place.models, {
    name: 'invert',
    version: '2',
    onnx: invert,
    boundary: 'float32-NCHW',
    image: { width: 32, height: 32 },
  });
  for (const [name, bytes] of Object.entries(photos)) {
    await mkdir(path.dirname(path.join(place.photos, name)), { recursive: true });
    await writeFile(path.join(place.photos, name), bytes);
  }
  return place;
}

function translate({ models, photos, out }: Place, ...more: readonly string[]) {
  return captureProgram(
    'translate',
    'invert',
    photos,
    '--models',
    models,
    '--out',
    out,
    '--threads',
    '1',
    ...more,
  );
}

const png = (seed: number) => encode(picture(seed), { format: 'png' });

describe('unpaired translate', () => {
  it('translates a folder at any depth and prints where the translations are', async () => {
    const place = await prepare({ 'a.png': await png(1), 'deep/er/b.png': await png(2) });
    const { code, stdout, stderr } = await translate(place, '--size', 'original');
    expect(code).toBe(0);
    const outputs = [path.join(place.out, 'a.png'), path.join(place.out, 'deep/er/b.png')];
    expect(stdout.trimEnd().split('\n').sort()).toEqual(outputs);
    expect(stderr).toMatch(/^2 pictures translated in [\d.]+ s, [\d.]+ s each\n$/);
    for (const [index, output] of outputs.entries()) {
      const { width, height, data } = await decode(await readFile(output));
      const expected = picture(index + 1);
      expect([width, height]).toEqual([24, 16]);
      expect(data).toEqual(expected.data.map((level) => 255 - level));
    }
  });

  it('gives the size of the model, in the format and quality asked for', async () => {
    const place = await prepare({ 'a.png': await png(1) });
    const translations: Buffer[] = [];
    for (const quality of ['95', '5']) {
      const out = path.join(place.folder, quality);
      expect((await translate({ ...place, out }, '--format', 'jpeg', '--quality', quality)).code).toBe(0);
      translations.push(await readFile(path.join(out, 'a.jpg')));
    }
    const [fine, coarse] = translations as [Buffer, Buffer];
    const { width, height } = await decode(fine);
    // As many pixels as the 32 x 32 of the model, in the picture's aspect, sides in multiples of 4.
    expect([width, height]).toEqual([40, 28]);
    expect(coarse.length).toBeLessThan(fine.length);
  });

  it('names and skips broken pictures, does the others, and exits 1', async () => {
    const whole = await png(1);
    const place = await prepare({
      'a.png': whole,
      'cut.png': whole.subarray(0, whole.length / 2),
      'empty.jpg': new Uint8Array(0),
      'z.png': await png(2),
    });
    const { code, stdout, stderr } = await translate(place);
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/^skipped .*cut\.png: .+$/m);
    expect(stderr).toMatch(/^skipped .*empty\.jpg: .+$/m);
    expect(stderr).toMatch(/^unpaired: 2 of 4 pictures could not be translated$/m);
    expect((await readdir(place.out)).sort()).toEqual(['a.png', 'z.png']);
  });

  it('knows the models by name and version', async () => {
    const place = await prepare({ 'a.png': await png(1) });
    const named = (model: string) =>
      captureProgram(
        'translate',
        model,
        place.photos,
        '--models',
        place.models,
        '--out',
        place.out,
        '--threads',
        '1',
      );
    expect((await named('invert/2')).code).toBe(0);
    const unknown = await named('horse2zebra');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toBe('unpaired: there is no model "horse2zebra"; there is invert\n');
    expect((await named('invert/1')).stderr).toBe(
      'unpaired: model "invert" has no version 1; versions are 2\n',
    );
  });

  it('refuses a quality for a format that has none before it opens anything', async () => {
    const place = await prepare({ 'a.png': await png(1) });
    const { code, stderr } = await translate(place, '--quality', '80');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^unpaired: quality 80 was asked for png.*\n$/);
  });

  describe('by a model that makes several', () => {
    const several = ({ models, photos, out }: Place, ...more: readonly string[]) =>
      captureProgram(
        'translate',
        'many',
        photos,
        '--models',
        models,
        '--out',
        out,
        '--threads',
        '1',
        ...more,
      );
    const read = async (file: string) => (await decode(await readFile(file))).data;

    it('writes as many as are asked for, of a seed that it tells', async () => {
      const place = await prepare({ 'a.png': await png(1) });
      await writeExemplarGuidedPackage(place.models, { name: 'many' });
      const { code, stdout, stderr } = await several(place, '--outputs', '3');
      expect(code).toBe(0);
      const files = [1, 2, 3].map((number) => path.join(place.out, `a-${number}.png`));
      expect(stdout.trimEnd().split('\n')).toEqual(files);
      const seed = /^seed (\d+)$/m.exec(stderr)?.[1] ?? '';
      const out = path.join(place.folder, 'again');
      const again = await several({ ...place, out }, '--outputs', '2', '--seed', seed);
      expect([again.code, again.stderr.includes('seed')]).toEqual([0, false]);
      for (const number of [1, 2])
        expect(await read(path.join(out, `a-${number}.png`))).toEqual(
          await read(files[number - 1] as string),
        );
      expect(await read(files[0] as string)).not.toEqual(await read(files[1] as string));
    });

    it('takes over the looks of style pictures and of codes', async () => {
      const place = await prepare({ 'a.png': await png(1), 'b.png': await png(2) });
      await writeExemplarGuidedPackage(place.models, { name: 'many' });
      const style = path.join(place.photos, 'b.png');
      const codes = JSON.stringify([1, -1, 0, 0, 2, 0, 0, 0]);
      const { code, stdout } = await several(place, '--style', style, '--attribute', codes);
      expect(code).toBe(0);
      expect(stdout.trimEnd().split('\n').sort()).toEqual(
        ['a-1', 'a-2', 'b-1', 'b-2'].map((name) => path.join(place.out, `${name}.png`)),
      );
    });

    it('translates into the domain that is named', async () => {
      const place = await prepare({ 'a.png': await png(1) });
      await writeVectorQuantizedPackage(place.models, { name: 'many' });
      const { code, stdout } = await several(place, '--attribute', '[0, 0]', '--to', 'light');
      expect([code, stdout.trimEnd()]).toEqual([0, path.join(place.out, 'a.png')]);
      // What tells the two domains of this model apart.
      expect((await read(path.join(place.out, 'a.png')))[2]).toBe(0);
      const refused = await several(place, '--to', 'grey');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('to: this model translates into "light" or "dark", not into "grey"');
    });

    it('samples as it is told', async () => {
      const place = await prepare({ 'a.png': await png(1) });
      await writeGuidedDiffusionPackage(place.models, { name: 'many' });
      const settings = [
        '--strength',
        '0.2',
        '--steps',
        '4',
        '--solver',
        'ddim',
        '--realism',
        '0',
        '--from',
        'twilight',
      ];
      const { code, stdout, stderr } = await several(place, '--outputs', '2', ...settings);
      expect([code, stdout.trimEnd()]).toEqual([
        0,
        ['a-1', 'a-2'].map((name) => path.join(place.out, `${name}.png`)).join('\n'),
      ]);
      const seed = /^seed (\d+)$/m.exec(stderr)?.[1] ?? '';
      const first = await read(path.join(place.out, 'a-1.png'));
      expect(first).not.toEqual(await read(path.join(place.out, 'a-2.png')));
      const out = path.join(place.folder, 'again');
      await several({ ...place, out }, '--seed', seed, ...settings);
      expect(await read(path.join(out, 'a.png'))).toEqual(first);
      await several({ ...place, out }, '--seed', seed, ...settings, '--strength', '0.9');
      expect(await read(path.join(out, 'a.png'))).not.toEqual(first);
      const refused = await several(place, '--from', 'dark');
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining('from: this model translates from "light"'),
      ]);
      for (const [option, wrong, expected] of [
        ['--steps', 'auto', 'Expected a whole number of 1 or more'],
        ['--steps', '0', 'Expected a whole number of 1 or more'],
        ['--strength', '2', 'Expected a number above 0, at most 1'],
        ['--realism', '-1', 'Expected a number from 0'],
      ] as const) {
        const { code, stderr } = await several(place, option, wrong);
        expect([code, stderr]).toEqual([2, expect.stringContaining(`'${wrong}' is invalid. ${expected}`)]);
      }
    });

    it.each([
      ['a model that does not sample', ['--steps', '5'], 'steps: this model does not sample'],
      ['a model of one picture', ['--outputs', '2'], 'outputs: this model makes one picture of a picture'],
      ['a style picture that is not there', ['--style', 'nowhere.png'], 'nowhere.png cannot be read'],
    ])('refuses %s', async (_what, more, message) => {
      const { code, stderr } = await translate(await prepare({ 'a.png': await png(1) }), ...more);
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    });

    it('refuses codes that are none as wrong usage', async () => {
      const { code, stderr } = await translate(
        await prepare({ 'a.png': await png(1) }),
        '--attribute',
        '[NaN]',
      );
      expect(code).toBe(2);
      expect(stderr).toContain('must be JSON: one code');
    });
  });

  it('ends with 130 when it is interrupted, and leaves whole files only', async () => {
    const photos = Object.fromEntries(
      await Promise.all(Array.from({ length: 150 }, async (_, index) => [`${index}.png`, await png(index)])),
    );
    const place = await prepare(photos);
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const argv = [
      'translate',
      'invert',
      place.photos,
      '--models',
      place.models,
      '--out',
      place.out,
      '--threads',
      '1',
    ];
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    child.stdout.once('data', () => child.kill('SIGINT'));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(told).toMatch(/^unpaired: interrupted after \d+ of 150 pictures\n$/);
    expect(code).toBe(130);
    const written = await readdir(place.out);
    expect(written.length).toBeGreaterThan(0);
    expect(written.length).toBeLessThan(150);
    for (const name of written)
      expect((await decode(await readFile(path.join(place.out, name)))).width).toBe(40);
  });
});
