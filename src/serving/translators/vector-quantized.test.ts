import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeMap } from '../../core/code-map/code-map.ts';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { float32, int64, tensor } from '../../core/tensor.ts';
import { blankPixels, type Pixels } from '../../image/index.ts';
import { Session } from '../../runtime/index.ts';
import type { NamedTensors } from '../batcher.ts';
import { writeVectorQuantizedPackage } from '../testing/vector-quantized-package.ts';
import { createTranslator } from './index.ts';
import type { Translator } from './translator.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'unpaired-translator-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Options = Omit<Parameters<typeof writeVectorQuantizedPackage>[1], 'name'>;
type Edit = NonNullable<Options['edit']>;

async function write(options: Options = {}) {
  const folder = await writeVectorQuantizedPackage(root, { name: 'codes', ...options });
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
  return { folder, manifest };
}

const open = async (options?: Options) => createTranslator((await write(options)).manifest);

/** The package's own networks, and which of them ran. */
async function start(options?: Options) {
  const { folder, manifest } = await write(options);
  const runs: string[] = [];
  const run = async (network: string, feeds: NamedTensors): Promise<NamedTensors> => {
    runs.push(network);
    const session = await Session.create(path.join(folder, `${network}.onnx`), { provider: 'cpu' });
    try {
      return await session.run({ ...feeds });
    } finally {
      await session.dispose();
    }
  };
  return { translator: createTranslator(manifest), runs, run };
}

/** Red of the codes 0 to 15, four by four, modulo 8. */
const counted: Pixels = {
  width: 16,
  height: 16,
  data: Uint8Array.from({ length: 16 * 16 * 3 }, (_, index) => {
    const [pixel, channel] = [Math.floor(index / 3), index % 3];
    const code = 4 * Math.floor(pixel / 64) + Math.floor((pixel % 16) / 4);
    return channel === 0 ? 32 * (code % 8) + 5 : 0;
  }),
};
const countedCodes = Array.from({ length: 16 }, (_, code) => code % 8);

/** Colours of the squares of one row. */
const colours = ({ width, data }: Pixels, row = 0) =>
  Array.from({ length: width / 4 }, (_, column) => [
    ...data.subarray((4 * row * width + 4 * column) * 3).subarray(0, 3),
  ]);

describe('a vector-quantized translator', () => {
  it('reads the codes of a picture once, and paints them in each style, in their order', async () => {
    const { translator, runs, run } = await start();
    const reports: number[] = [];
    const feeds = await translator.prepare(counted, [
      [0.2, 0],
      [0, 1],
    ]);
    const outputs = await translator.run(feeds, run, (fraction) => reports.push(fraction));
    const [first, second] = await Promise.all(outputs.map((each) => translator.finish(each)));
    expect(colours(first as Pixels)).toEqual([16, 48, 80, 112].map((red) => [red, 51, 128]));
    expect(colours(second as Pixels, 1)).toEqual([144, 176, 208, 240].map((red) => [red, 0, 255]));
    expect(runs).toEqual(['content-encoder', 'decoder-target', 'decoder-target']);
    expect(reports).toEqual([1 / 2, 1]);
  });

  it('translates into either domain, with the decoder and the style encoder of that', async () => {
    const { translator, runs, run } = await start();
    expect([...(translator.into?.keys() ?? [])]).toEqual(['light', 'dark']);
    const back = translator.into?.get('light') as Translator;
    const style = blankPixels({ width: 16, height: 16 }, [9, 0, 255]);
    const code = await back.attributes?.encode(style, run);
    expect(code).toEqual([0, 1]);
    expect(await translator.attributes?.encode(style, run)).toEqual([1, 0]);
    const [output] = await back.run(await back.prepare(counted, [code ?? []]), run, () => {});
    expect(colours(await back.finish(output ?? {}))).toEqual([16, 48, 80, 112].map((red) => [red, 0, 127]));
    expect(runs).toEqual([
      'style-encoder-source',
      'style-encoder-target',
      'content-encoder',
      'decoder-source',
    ]);
    expect(back.attributes?.readerSha256).not.toBe(translator.attributes?.readerSha256);
  });

  it('samples styles as the manifest says they are distributed, those of each domain', async () => {
    const edit: Edit = ({ translator }) => {
      if (translator.kind === 'vector-quantized')
        translator.source.styles = {
          mean: [7, 8],
          factor: [
            [0, 0],
            [0, 0],
          ],
        };
    };
    const { attributes, into } = await open({ edit });
    expect(into?.get('light')?.attributes?.distribution?.sample(1, 2)).toEqual([7, 8]);
    expect(attributes?.distribution?.scale([3, 3], 0)).toEqual([0.5, 0.5]);
    expect((await open({ styles: false })).attributes?.distribution).toBeUndefined();
  });

  it('warms all networks up, the prior with two tokens and nothing before them', async () => {
    const { translator, run } = await start();
    const runs = await translator.warmUp(run);
    expect(runs.map(({ network }) => network)).toEqual([
      'content-encoder',
      'style-encoder-source',
      'decoder-source',
      'style-encoder-target',
      'decoder-target',
      'prior',
    ]);
    expect(runs[4]?.feeds.codes?.dims).toEqual([1, 4, 4]);
    const step = runs[5]?.feeds ?? {};
    expect([step.tokens?.dims, step.lengths?.dims, step.keys_0?.dims]).toEqual([[1, 2], [1], [1, 1, 64, 1]]);
    for (const { network, feeds } of runs) await run(network, feeds);
  });

  it('lets each network share runs as far as it can itself', async () => {
    const edit: Edit = ({ networks }) => {
      for (const face of networks['content-encoder']?.inputs ?? []) face.shape[0] = 1;
    };
    const translator = await open({ edit });
    const limits = ['content-encoder', 'decoder-source', 'prior'].map((name) => translator.maxBatch(name));
    expect(limits).toEqual([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe('the code painting of a vector-quantized model', () => {
  it('reads maps off pictures', async () => {
    const { translator, run } = await start();
    expect(await translator.codes?.encode(counted, run)).toEqual(codeMap(4, 4, countedCodes));
  });

  it.each([
    ['a code that the codebook has not', int64([1, 1, 1], [8])],
    ['two maps', int64([2, 1, 1], [0, 0])],
  ])('does not take %s for a map', async (_what, codes) => {
    const { codes: painting } = await open();
    await expect(painting?.encode(counted, async () => ({ codes }))).rejects.toThrow(
      'internal: one map of codes',
    );
  });

  it('paints maps of any size, strips in styles of their own', async () => {
    const { translator, run } = await start();
    const map = codeMap(1, 6, [0, 0, 0, 7, 7, 7]);
    const styles = [
      [0, 0],
      [0.2, 0],
      [1, 1],
    ];
    const painted = await translator.codes?.paint('light', map, styles, run);
    expect([painted?.width, painted?.height]).toEqual([24, 4]);
    expect(colours(painted as Pixels)).toEqual([
      [16, 0, 0],
      [16, 0, 0],
      [16, 51, 0],
      [240, 51, 0],
      [240, 255, 127],
      [240, 255, 127],
    ]);
    const uneven = translator.codes?.paint('light', map, [...styles, [0, 0]], run);
    await expect(uneven).rejects.toThrow('internal: a map of 6 columns was to be painted in 4 strips');
    const narrow = translator.codes?.paint('light', codeMap(1, 3, [0, 1, 2]), styles, run);
    await expect(narrow).rejects.toThrow('internal: a map of 3 columns was to be painted in 3 strips');
    await expect(translator.codes?.paint('grey', map, styles, run)).rejects.toThrow('no domain "grey"');
  });

  it('says how the prior is asked, where there is one', async () => {
    const { codes } = await open();
    expect(codes?.prior?.network).toBe('prior');
    expect(codes?.prior?.sampling).toMatchObject({
      window: { height: 4, width: 4 },
      conditioning: 'published',
    });
    expect(codes?.prior?.sampling.coordinates).toHaveLength(16);
    expect(codes).toMatchObject({ pixelsPerCode: 4, codebookSize: 8, domains: ['light', 'dark'] });
    expect((await open({ prior: false })).codes?.prior).toBeUndefined();
  });
});

describe('a package that is refused', () => {
  const facesOf = (manifest: Manifest, network: string, side: 'inputs' | 'outputs') =>
    manifest.networks[network]?.[side] as Manifest['networks'][string]['inputs'];
  const reshape =
    (network: string, side: 'inputs' | 'outputs', index: number, ...shape: (number | string)[]): Edit =>
    (manifest) =>
      void Object.assign(facesOf(manifest, network, side)[index] ?? {}, { shape });
  const named =
    (network: string, side: 'inputs' | 'outputs', name: string): Edit =>
    (manifest) =>
      void Object.assign(facesOf(manifest, network, side)[0] ?? {}, { name });

  it.each<[string, Edit, string]>([
    [
      'domains of one name',
      (manifest) => void Object.assign(manifest, { targetDomain: 'light' }),
      'both domains are called "light"',
    ],
    [
      'pictures that do not divide into codes',
      ({ image }) => void Object.assign(image, { multipleOf: 6 }),
      'multiple of the 4 pixels of a code',
    ],
    [
      'pictures of one size',
      ({ image }) => void Object.assign(image, { flexible: false }),
      'pictures of any size',
    ],
    [
      'codes of a fixed size',
      reshape('content-encoder', 'outputs', 0, 'n', 4, 4),
      'expected indices of codes: int64 [n, h, w]',
    ],
    [
      'styles of another length',
      reshape('style-encoder-source', 'outputs', 0, 'n', 3),
      'expected attribute codes: float32 [n, 2]',
    ],
    [
      'a decoder of one style',
      reshape('decoder-target', 'inputs', 1, 'n', 1, 2),
      'the styles of any number of strips: float32 [n, k, 2]',
    ],
    [
      'a decoder without styles',
      (manifest) => void facesOf(manifest, 'decoder-source', 'inputs').pop(),
      'network "decoder-source" has 1 inputs',
    ],
    [
      'a style that is called as the picture is',
      named('style-encoder-target', 'outputs', 'picture'),
      'are both called "picture"',
    ],
    [
      'a prior of another codebook',
      reshape('prior', 'outputs', 0, 'n', 'tokens', 9),
      'one for each code of the codebook',
    ],
    [
      'a prior without a cache',
      (manifest) => void facesOf(manifest, 'prior', 'inputs').splice(2),
      'has no input keys_0, values_0',
    ],
    [
      'a distribution of longer styles',
      ({ translator }) => {
        if (translator.kind === 'vector-quantized')
          translator.target.styles = { mean: [0, 0], factor: [[1, 0]] };
      },
      'styles of "dark" have a mean of 2 numbers and a factor of 1 rows (2); expected 2 and 2 x 2',
    ],
  ])('has %s', async (_what, edit, message) => {
    await expect(open({ edit })).rejects.toThrow(message);
  });
});

it('is not given what is no number for a style', async () => {
  const { attributes } = await open();
  const broken = async () => ({ style: float32([1, 2], [Number.NaN, 0]) });
  await expect(attributes?.encode(counted, broken)).rejects.toThrow(
    'internal: an attribute code of 2 numbers',
  );
  const none = async () => ({ other: tensor('uint8', [1], new Uint8Array(1)) });
  await expect(attributes?.encode(counted, none)).rejects.toThrow(
    'network "style-encoder-target" gave no output "style"',
  );
});
