import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { float32, int64, type Tensor, tensor, toNumbers, zeros } from '../../core/tensor.ts';
import { decode, encode, fromPlanes } from '../../image/index.ts';
import { imported, runNetwork, saved } from '../testing/imported-package.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { drawnWeights, smallResnet, torchFile } from './fixtures/generator-weights.ts';
import { behind, drawnFirstStage, drawnPrior } from './fixtures/vq-weights.ts';
import { importModel } from './import-model.ts';
import type { ImportRequest } from './import-request.ts';
import { readWeights } from './read-weights.ts';
import { trialPicture } from './trial.ts';
import { vqWeights } from './vq-checkpoint.ts';

const session = { provider: 'cpu', threads: 1 } as const;
/** What the first stage of VQ-I2I saved, with pictures and what it made of them. */
const published = fileURLToPath(new URL('fixtures/vq-i2i', import.meta.url));
const checkpoint = join(published, 'weights.pt');
/** What its transformer saved, with sequences and its logits. */
const transformerCase = fileURLToPath(new URL('../../oracles/fixtures/F_vqi2i_transformer', import.meta.url));
const horse = fileURLToPath(new URL('../../../loadtest/pictures/horse.jpg', import.meta.url));
const lone = (weights: Map<string, Tensor>) => ({ model_state_dict: weights });

const sized = (file: string, changes: Partial<ImportRequest> = {}) =>
  imported(file, { size: 32, ...changes });

function bufferOf(folder: string, file: string): ArrayBuffer {
  const { buffer, byteOffset, length } = readFileSync(join(folder, file));
  return buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
}
const floats = (name: string, dims: readonly number[], folder = published) =>
  float32(dims, new Float32Array(bufferOf(folder, `${name}.bin`)));
const whole = (name: string, dims: readonly number[], folder = published) =>
  tensor('int64', dims, new BigInt64Array(bufferOf(folder, `${name}.i64.bin`)));

/** What tells tensors apart, without a comparison of every number. */
const digests = (weights: ReadonlyMap<string, Tensor> = new Map()) =>
  [...weights].map(([key, { dims, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return `${key} [${dims}] ${createHash('sha256').update(bytes).digest('hex')}`;
  });

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] as number))), 0);

type VectorQuantized = Extract<Manifest['translator'], { kind: 'vector-quantized' }>;

describe("a checkpoint of VQ-I2I's first stage", () => {
  let there: Awaited<ReturnType<typeof imported>>;
  let back: typeof there;
  beforeAll(async () => {
    there = await sized(checkpoint);
    back = await sized(checkpoint, { direction: 'BtoA' });
  });

  it('is recognised, without the networks that only train, and becomes a package of both directions', () => {
    const { manifest, recognised } = there;
    expect(recognised).toBe(
      'kind=vq-i2i channels=32 multipliers=[2,1] residualBlocks=1 attentionLevels=[1] contentChannels=16 ' +
        'codebookSize=32 codeDimension=24 styleChannels=4 styleCodeSize=8 perceptronChannels=24 ' +
        'pictureChannels=3 (AtoB)',
    );
    expect(manifest.translator).toEqual({
      kind: 'vector-quantized',
      contentEncoder: 'content-encoder',
      codebookSize: 32,
      pixelsPerCode: 2,
      styleCodeSize: 8,
      source: { styleEncoder: 'style-encoder-source', decoder: 'decoder-source' },
      target: { styleEncoder: 'style-encoder-target', decoder: 'decoder-target' },
    });
    expect(manifest.image).toMatchObject({ width: 32, height: 32, flexible: true, multipleOf: 2 });
  });

  it.each([
    ['AtoB', 'rec_a', 'source', 'a', 'a'],
    ['AtoB', 'rec_b', 'target', 'b', 'b'],
    ['AtoB', 'cross_ab', 'target', 'a', 'b'],
    ['BtoA', 'cross_ba', 'target', 'b', 'a'],
  ] as const)('%s makes the published pictures: %s', async (direction, output, side, content, style) => {
    const { path } = direction === 'AtoB' ? there : back;
    const picture = await runNetwork(path, `decoder-${side}`, {
      codes: whole(`out_indices_${content}`, [1, 16, 16]),
      styles: floats(`out_style_${style}`, [1, 1, 8]),
    });
    const size = { width: 32, height: 32 };
    const expected = fromPlanes(floats(`out_${output}`, [1, 3, 32, 32]).data, size);
    expect(picture.dims).toEqual([1, 32, 32, 3]);
    // Packages truncate to bytes as the published code does; this rounds.
    expect(largestDifference(toNumbers(picture), expected.data)).toBeLessThanOrEqual(1);
  });

  it.each(['a', 'b'] as const)('encodes the picture of %s as published, up to bytes', async (letter) => {
    const { path } = there;
    // The published pictures are no bytes: the nearest ones have nearly all codes in common, and nearly the style.
    const size = { width: 32, height: 32 };
    const { data } = fromPlanes(floats(`in_x${letter}`, [1, 3, 32, 32]).data, size);
    const picture = tensor('uint8', [1, 32, 32, 3], data);
    const codes = toNumbers(await runNetwork(path, 'content-encoder', { picture }));
    const expected = toNumbers(whole(`out_indices_${letter}`, [1, 16, 16]));
    expect(codes.filter((code, place) => code === expected[place]).length).toBeGreaterThan(0.95 * 256);
    const side = letter === 'a' ? 'source' : 'target';
    const style = toNumbers(await runNetwork(path, `style-encoder-${side}`, { picture }));
    const ownStyle = floats(`out_style_${letter}`, [1, 8]).data;
    const otherStyle = floats(`out_style_${letter === 'a' ? 'b' : 'a'}`, [1, 8]).data;
    expect(largestDifference(style, ownStyle)).toBeLessThan(largestDifference(style, otherStyle) / 20);
  });

  it('is found in whatever holds it: saved in parallel, by itself, behind a name', () => {
    const weights = drawnFirstStage();
    const trees = [
      lone(behind('module.', weights)),
      weights,
      lone(behind('first_stage_model.', weights)),
      lone(new Map([...weights, ['loss_a.perceptual_loss.lin0.model.1.weight', float32([1], [1])]])),
    ];
    for (const tree of trees) {
      const found = vqWeights(readWeights('settingc_latest.pt', torchFile(tree)));
      expect(found?.prior).toBeUndefined();
      expect(digests(found?.firstStage)).toEqual(digests(weights));
    }
    const other = new Map([['netG', drawnWeights(smallResnet)]]);
    expect(vqWeights(other)).toBeUndefined();
  });

  it('says how styles are distributed where pictures of the domains are given', async () => {
    const folders = { A: await temporaryFolder(), B: await temporaryFolder() };
    for (const [level, folder] of Object.values(folders).entries()) {
      for (const shift of [0, 40, 80]) {
        const picture = trialPicture({ width: 32, height: 32 });
        const data = picture.data.map((value) => Math.min(255, value / 2 + shift + 20 * level));
        await writeFile(join(folder, `${shift}.png`), await encode({ ...picture, data }, { format: 'png' }));
      }
    }
    const given = { stylesSource: folders.A, stylesTarget: folders.B, pictures: [horse] };
    const file = await saved(lone(drawnFirstStage()));
    const { manifest, path } = await sized(file, given);
    const { source, target } = manifest.translator as VectorQuantized;
    expect(source.styles?.mean).toHaveLength(3);
    expect(target.styles?.factor[0]?.[0]).toBeGreaterThan(0);
    expect(source.styles).not.toEqual(target.styles);
    expect(await readFile(join(path, 'CARD.md'), 'utf8')).toContain('each beside its translation.');
    const one = await sized(file, { stylesTarget: folders.B });
    expect((one.manifest.translator as VectorQuantized).source).not.toHaveProperty('styles');
    expect((one.manifest.translator as VectorQuantized).target.styles).toEqual(target.styles);
  });

  it('shows pictures as they are made again where styles are not known, and is named after its folder', async () => {
    const folder = join(await temporaryFolder(), 'summer2winter_yosemite_512_512_settingc_256_final_test');
    await mkdir(folder);
    const file = join(folder, 'settingc_latest.pt');
    await writeFile(file, torchFile(lone(drawnFirstStage())));
    const path = await importModel({
      changes: [],
      commands: [],
      software: 'unpaired test',
      session,
      file,
      models: await temporaryFolder(),
      size: 32,
      pictures: [horse, horse],
    });
    const manifest = parseManifest(await readFile(join(path, 'manifest.json'), 'utf8'), 'manifest');
    expect(manifest).toMatchObject({ sourceDomain: 'summer', targetDomain: 'winter' });
    expect(manifest.name).toBe('summer2winter_yosemite_512_512_settingc_256_final_test');
    const card = await readFile(join(path, 'CARD.md'), 'utf8');
    expect(card).toContain('each beside what is made of its own codes and style.');
    const { width, height } = await decode(await readFile(join(path, 'preview.webp')));
    expect([width, height]).toEqual([4 * 32 + 3 * 2, 32]);
  });
});

describe("a checkpoint of VQ-I2I's second stage", () => {
  const both = () =>
    lone(
      new Map([
        ...behind('first_stage_model.', drawnFirstStage()),
        ...behind('transformer.', drawnPrior()),
        ['first_stage_model.loss_b.discriminator.main.0.bias', float32([1], [1])],
      ]),
    );

  it('becomes a package with everything', async () => {
    const { manifest, recognised } = await imported(await saved(both()));
    expect(recognised).toContain(
      'prior.layers=2 prior.heads=16 prior.width=32 prior.positions=32 prior.window.height=4 ' +
        'prior.window.width=4 prior.conditioning=published (AtoB)',
    );
    expect((manifest.translator as VectorQuantized).prior).toEqual({
      network: 'prior',
      window: { height: 4, width: 4 },
      conditioning: 'published',
    });
    expect(manifest.networks.prior?.inputs.map(({ name }) => name).slice(0, 3)).toEqual([
      'tokens',
      'lengths',
      'keys_0',
    ]);
    // As large as what its transformer sees, where no size is given.
    expect(manifest.image).toMatchObject({ width: 16, height: 16 });
  });

  it('gives the published logits beside a first stage of a file of its own', async () => {
    const file = await saved(lone(drawnFirstStage()), 'settingc_latest.pt');
    const { path, manifest } = await sized(file, {
      prior: join(transformerCase, 'weights.pt'),
      changes: [{ prior: { heads: 4 } }],
    });
    expect((manifest.translator as VectorQuantized).prior?.window).toEqual({ height: 8, width: 8 });
    const condition = toNumbers(whole('out_c_indices', [64], transformerCase));
    const codes = toNumbers(whole('in_z_a', [64], transformerCase));
    const tokens = [...condition, ...codes.slice(0, -1)];
    const nothing = zeros('float32', [1, 4, 0, 8]);
    const logits = await runNetwork(path, 'prior', {
      tokens: int64([1, 127], tokens),
      lengths: int64([1], [0]),
      keys_0: nothing,
      values_0: nothing,
      keys_1: nothing,
      values_1: nothing,
    });
    const found = toNumbers(logits).slice(63 * 16);
    expect(largestDifference(found, floats('out_logits_a', [64 * 16], transformerCase).data)).toBeLessThan(
      2.8e-5,
    );
    const card = await readFile(join(path, 'CARD.md'), 'utf8');
    expect(card).toMatch(
      /`settingc_latest\.pt` \(sha256 \w{64}\) and, with the prior, `weights\.pt` \(sha256 \w{64}\)\./,
    );
  });

  it('is not taken where it is for another first stage', async () => {
    const file = await saved(lone(drawnFirstStage()));
    const other = drawnFirstStage();
    const book = other.get('quantize.embedding.weight') as Tensor<'float32'>;
    other.set(
      'quantize.embedding.weight',
      float32(
        book.dims,
        book.data.map((value) => value + 1),
      ),
    );
    const foreign = await saved(
      lone(new Map([...behind('first_stage_model.', other), ...behind('transformer.', drawnPrior())])),
      'n_700.pt',
    );
    await expect(sized(file, { prior: foreign })).rejects.toThrow('a first stage with other codes');
    const wider = await saved(lone(behind('transformer.', drawnPrior({ vocabulary: 24 }))));
    await expect(sized(file, { prior: wider })).rejects.toThrow(
      'the transformer has 24 codes, the codebook of the first stage 16: they are not of one model',
    );
    await expect(sized(file, { prior: file })).rejects.toThrow(
      '--prior takes a checkpoint of the second stage',
    );
    await expect(sized(wider)).rejects.toThrow('no first stage: import the first');
  });
});

describe('what does not fit', () => {
  let file = '';
  let prior = '';
  beforeAll(async () => {
    file = await saved(lone(drawnFirstStage()));
    prior = await saved(lone(behind('transformer.', drawnPrior())), 'n_700.pt');
  });

  it.each([
    [{ codeDimension: 6 }, 'of another shape: quant_conv.weight is [5, 6, 1, 1] and not [6, 6, 1, 1]'],
    [{ attentionLevels: [] }, 'left over: encoder.down.1.attn.0'],
    [{ channels: 33 }, 'channels: '],
    [{ prior: { window: { height: 4, width: 5 } } }, 'take 40 places, the transformer has 32'],
    [{ prior: { heads: 5 } }, 'width must be a multiple of heads (5), got 32'],
    [{ filters: 4 }, 'there are kind, channels, multipliers,'],
  ])('is refused: the change %j', async (change, message) => {
    await expect(sized(file, { prior, changes: [change] })).rejects.toThrow(message);
  });

  it('is named: keys that are missing or not finite', async () => {
    const weights = drawnFirstStage();
    weights.delete('mlp_b.model.1.fc.bias');
    weights.set('decoder_a.conv_out.bias', float32([3], [0, Number.NaN, 0]));
    await expect(sized(await saved(lone(weights)))).rejects.toThrow(
      'missing: mlp_b.model.1.fc.bias [8]; not finite: decoder_a.conv_out.bias (element 1 is NaN)',
    );
  });

  it('is refused: choices that mean nothing for the file', async () => {
    await expect(sized(file, { network: 'decoder_a' })).rejects.toThrow('of this one all networks are taken');
    await expect(sized(file, { size: 30 })).rejects.toThrow('multiples of 4 pixels, got --size 30');
    await expect(sized(file, { stylesTarget: '/nowhere' })).rejects.toThrow('no styles can be taken');
    const generator = await saved({ netG: drawnWeights(smallResnet) });
    await expect(sized(generator, { prior: file })).rejects.toThrow('--prior is for checkpoints of VQ-I2I');
    await expect(sized(file, { prior: generator })).rejects.toThrow('holds no weights of VQ-I2I');
  });
});
