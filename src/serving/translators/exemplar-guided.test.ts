import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { type Tensor, tensor, zeros } from '../../core/tensor.ts';
import { blankPixels } from '../../image/index.ts';
import type { NamedTensors } from '../batcher.ts';
import { writeExemplarGuidedPackage } from '../testing/model-package.ts';
import { createTranslator } from './index.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'unpaired-translator-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Edit = (manifest: Manifest) => void;

async function open(edit: Edit = () => {}) {
  const folder = await writeExemplarGuidedPackage(root, { name: 'many', edit });
  const manifest = parseManifest(await readFile(path.join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
  return createTranslator(manifest);
}

/** Stands for the networks: content is the picture's first value, an output the content and the code together. */
function fakeNetworks() {
  const calls: { network: string; feeds: NamedTensors }[] = [];
  const run = async (network: string, feeds: NamedTensors): Promise<NamedTensors> => {
    calls.push({ network, feeds });
    if (network === 'content-encoder')
      return { content: tensor('float32', [1, 16, 1, 1], new Float32Array(16).fill(3)) };
    if (network === 'attribute-encoder') return { attribute: zeros('float32', [1, 8]) };
    const level = (feeds.content as Tensor<'float32'>).data[0] as number;
    const code = (feeds.attribute as Tensor<'float32'>).data[0] as number;
    return { output: tensor('uint8', [1, 1, 1, 3], Uint8Array.of(level, code, 0)) };
  };
  return { calls, run };
}

const code = (first: number) => [first, 0, 0, 0, 0, 0, 0, 0];
const picture = blankPixels({ width: 16, height: 16 }, [3, 3, 3]);

describe('an exemplar-guided translator', () => {
  it('encodes content once, and makes a picture of each code, in their order', async () => {
    const translator = await open();
    const { calls, run } = fakeNetworks();
    const reports: number[] = [];
    const feeds = await translator.prepare(picture, [code(10), code(20), code(30)]);
    const outputs = await translator.run(feeds, run, (fraction) => reports.push(fraction));
    const pixels = await Promise.all(outputs.map((each) => translator.finish(each)));
    expect(pixels.map(({ data }) => [...data])).toEqual([
      [3, 10, 0],
      [3, 20, 0],
      [3, 30, 0],
    ]);
    expect(calls.map(({ network }) => network)).toEqual([
      'content-encoder',
      'generator',
      'generator',
      'generator',
    ]);
    expect(calls[1]?.feeds.attribute?.dims).toEqual([1, 8]);
    expect(reports).toEqual([1 / 3, 2 / 3, 1]);
  });

  it('reads the code of a style picture', async () => {
    const { attributes } = await open();
    const { calls, run } = fakeNetworks();
    expect(await attributes?.encode(picture, run)).toEqual(code(0));
    expect(calls.map(({ network }) => network)).toEqual(['attribute-encoder']);
    expect(attributes?.codeSize).toBe(8);
  });

  it('does not take numbers that are none for a code', async () => {
    const { attributes } = await open();
    const broken = async () => ({
      attribute: tensor('float32', [1, 8], new Float32Array(8).fill(Number.NaN)),
    });
    await expect(attributes?.encode(picture, broken)).rejects.toThrow(
      'internal: an attribute code of 8 numbers',
    );
  });

  it('warms all three networks up, the generator with what the content encoder gave', async () => {
    const translator = await open();
    const runs = await translator.warmUp(fakeNetworks().run);
    expect(runs.map(({ network }) => network)).toEqual(['content-encoder', 'attribute-encoder', 'generator']);
    expect(runs[2]?.feeds.content?.dims).toEqual([1, 16, 1, 1]);
    expect(runs[0]?.feeds.picture?.dims).toEqual([1, 16, 16, 3]);
  });

  it('lets each network share runs as far as it can itself', async () => {
    const single: Edit = ({ networks }) => {
      for (const face of networks['content-encoder']?.inputs ?? []) face.shape[0] = 1;
    };
    const translator = await open(single);
    const limits = ['content-encoder', 'attribute-encoder', 'generator'].map((network) =>
      translator.maxBatch(network),
    );
    expect(limits).toEqual([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  const inputsOf = (manifest: Manifest, network: string) =>
    manifest.networks[network]?.inputs as Manifest['networks'][string]['inputs'];
  it.each<[string, Edit, string]>([
    [
      'a generator without a code',
      (manifest) => void inputsOf(manifest, 'generator').pop(),
      'network "generator" has 1 inputs',
    ],
    [
      'a code of another length',
      (manifest) => void (inputsOf(manifest, 'generator')[1] as { shape: unknown[] }).shape.splice(1, 1, 4),
      '"attribute" is float32 [batch, 4]; expected attribute codes: float32 [n, 8]',
    ],
    [
      'content and code in the other order',
      (manifest) => void inputsOf(manifest, 'generator').reverse(),
      'expected content: float32 of four dimensions',
    ],
    [
      'an encoder of two pictures',
      (manifest) =>
        void inputsOf(manifest, 'attribute-encoder').push({ name: 'more', dtype: 'uint8', shape: [1] }),
      'network "attribute-encoder" has 2 inputs (picture, more)',
    ],
    [
      'a picture that is called as the code is',
      (manifest) => void Object.assign(inputsOf(manifest, 'content-encoder')[0] ?? {}, { name: 'attribute' }),
      'are both called "attribute"',
    ],
  ])('refuses %s', async (_what, edit, message) => {
    await expect(open(edit)).rejects.toThrow(message);
  });
});
