import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { float32, type Tensor, tensor, toNumbers } from '../../core/tensor.ts';
import { decode, fromPlanes, toPlanes } from '../../image/index.ts';
import { networkGraph } from '../../nn/network-graph.ts';
import { attributeEncoder } from '../../nn/networks/drit/attribute-encoder.ts';
import { evaluateOne } from '../../testing/evaluate-one.ts';
import { readCheckpoint, stateDict } from '../pytorch/index.ts';
import { imported, runNetwork, saved } from '../testing/imported-package.ts';
import { temporaryFolder } from '../testing/sitting.ts';
import { dritWeights } from './drit-checkpoint.ts';
import { drawnDrit } from './fixtures/drit-weights.ts';
import { drawnWeights, smallResnet, torchFile } from './fixtures/generator-weights.ts';
import { importModel } from './import-model.ts';
import type { ImportRequest } from './import-request.ts';
import { trialPicture } from './trial.ts';

const session = { provider: 'cpu', threads: 1 } as const;
/** What DRIT saved, with pictures and what it made of them. */
const published = fileURLToPath(new URL('../../oracles/fixtures/E_drit_test_concat', import.meta.url));
const checkpoint = join(published, 'weights.pth');
const horse = fileURLToPath(new URL('../../../loadtest/pictures/horse.jpg', import.meta.url));
const small = { variant: 'concat', width: 2, attributeCodeSize: 4, channels: { A: 3, B: 3 } } as const;

const sized = (file: string, changes: Partial<ImportRequest> = {}) =>
  imported(file, { size: 32, ...changes });

function stored(kind: 'in' | 'out', name: string, dims: readonly number[]): Tensor<'float32'> {
  const bytes = readFileSync(join(published, `${kind}_${name}.bin`));
  return float32(
    dims,
    new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
  );
}

/** The code of a picture, by the published weights, in floats. */
async function meanOf({ dims, data }: Tensor<'uint8'>, side: 'a' | 'b'): Promise<number[]> {
  const [, height, width] = dims as [number, number, number, number];
  const planes = float32([1, 3, height, width], toPlanes({ width, height, data }));
  const { forward } = attributeEncoder({ variant: 'concat', width: 2 });
  const weights = stateDict(readCheckpoint(readFileSync(checkpoint)), 'enc_a');
  const inputs = { x: { dtype: 'float32', shape: planes.dims } } as const;
  const graph = networkGraph(
    'E',
    weights,
    inputs,
    (scope, x) => forward(scope, side === 'a' ? 'A' : 'B', x).mean,
  );
  return toNumbers(await evaluateOne(graph, { x: planes }));
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] as number))), 0);

describe('a checkpoint that DRIT saved', () => {
  it.each([
    ['AtoB', 'a', 'a2b', 'z'],
    ['BtoA', 'b', 'b2a', 'z'],
    ['AtoB', 'a', 'transfer_a2b', 'attr_b'],
    ['BtoA', 'b', 'transfer_b2a', 'attr_a'],
  ] as const)('%s makes the published pictures: %s, %s with %s', async (direction, source, output, code) => {
    const { path, manifest } = await sized(checkpoint, { direction });
    expect(manifest.translator).toMatchObject({ kind: 'exemplar-guided', attributeCodeSize: 8 });
    const attribute = stored(code === 'z' ? 'in' : 'out', code, [1, 8]);
    const content = stored('out', `content_${source}`, [1, 8, 12, 12]);
    const translation = await runNetwork(path, 'generator', { content, attribute });
    const expected = fromPlanes(stored('out', output, [1, 3, 48, 48]).data, { width: 48, height: 48 });
    expect(translation.dims).toEqual([1, 48, 48, 3]);
    // Packages truncate to bytes as the published code does; this rounds.
    expect(largestDifference(toNumbers(translation), expected.data)).toBeLessThanOrEqual(1);
  });

  it.each(['AtoB', 'BtoA'] as const)(
    '%s encodes content of the source, codes of the target',
    async (direction) => {
      const { path } = await sized(checkpoint, { direction });
      const [source, target] = direction === 'AtoB' ? (['a', 'b'] as const) : (['b', 'a'] as const);
      // The published pictures are no bytes: the nearest ones are near in content and code as well.
      const feeds = (side: 'a' | 'b') => {
        const { width, height, data } = fromPlanes(stored('in', `image_${side}`, [1, 3, 48, 48]).data, {
          width: 48,
          height: 48,
        });
        return { picture: tensor('uint8', [1, height, width, 3], data) };
      };
      const content = await runNetwork(path, 'content-encoder', feeds(source));
      const expected = stored('out', `content_${source}`, [1, 8, 12, 12]);
      const other = stored('out', `content_${target}`, [1, 8, 12, 12]);
      expect(largestDifference(toNumbers(content), expected.data)).toBeLessThan(1);
      expect(largestDifference(toNumbers(content), other.data)).toBeGreaterThan(5);
      const style = feeds(target);
      const code = await runNetwork(path, 'attribute-encoder', style);
      expect(largestDifference(toNumbers(code), await meanOf(style.picture, target))).toBeLessThan(1e-5);
    },
  );

  it('is found whole in any file that holds its networks', () => {
    const { enc_c, enc_a, gen } = drawnDrit(small);
    const one = new Map(
      Object.entries({ enc_c, enc_a, gen }).flatMap(([name, dict]) =>
        [...dict].map(([key, value]) => [`${name}.${key}`, value] as const),
      ),
    );
    const nested = new Map([
      ['model.enc_c', enc_c],
      ['model.enc_a', enc_a],
      ['model.gen', gen],
      ['model.disContent', new Map([['model.0.model.1.bias', float32([1], [1])]])],
    ]);
    expect(dritWeights(nested)).toEqual(one);
    expect(dritWeights(new Map([['', one]]))).toEqual(one);
    expect(dritWeights(new Map([['netG', drawnWeights(smallResnet)]]))).toBeUndefined();
  });

  it.each([
    ['concat', 'AtoB', 1, 3],
    ['concat', 'BtoA', 3, 1],
    ['feature-wise', 'AtoB', 1, 3],
    ['feature-wise', 'BtoA', 3, 1],
  ] as const)(
    'is recognised and becomes a package: %s, %s',
    async (variant, direction, inputChannels, outputChannels) => {
      const shape = { variant, width: 3, attributeCodeSize: 5, channels: { A: 1, B: 3 } } as const;
      const file = await saved(drawnDrit(shape));
      const { path, manifest, recognised } = await sized(file, { direction });
      expect(recognised).toBe(
        `kind=drit variant=${variant} width=3 inputChannels=${inputChannels} outputChannels=${outputChannels} ` +
          `attributeCodeSize=5 (${direction})`,
      );
      expect(manifest.image).toMatchObject({ width: 32, height: 32, flexible: true, multipleOf: 4 });
      const { width, height, data } = trialPicture({ width: 36, height: 40 });
      const picture = tensor('uint8', [1, height, width, 3], data);
      const content = await runNetwork(path, 'content-encoder', { picture });
      const attribute = await runNetwork(path, 'attribute-encoder', { picture });
      const translation = await runNetwork(path, 'generator', { content, attribute });
      expect([content.dims, attribute.dims, translation.dims]).toEqual([
        [1, 12, 10, 9],
        [1, 5],
        [1, 40, 36, 3],
      ]);
    },
  );

  it('has a preview where pictures are given, and is named after its folder and direction', async () => {
    const folder = join(await temporaryFolder(), 'summer2winter');
    await mkdir(folder);
    const file = join(folder, '00599.pth');
    await writeFile(file, torchFile(drawnDrit(small)));
    const request = { changes: [], commands: [], software: 'unpaired test', session };
    const path = await importModel({
      ...request,
      file,
      models: await temporaryFolder(),
      direction: 'BtoA',
      size: 32,
      pictures: [horse, horse],
    });
    expect(path).toMatch(/winter2summer\/1$/);
    const { width, height } = await decode(await readFile(join(path, 'preview.webp')));
    expect([width, height]).toEqual([4 * 32 + 3 * 2, 32]);
  });
});

describe('a checkpoint that does not fit', () => {
  it('is refused with the keys at fault; those of the other direction alone are no fault', async () => {
    const { enc_c, enc_a, gen } = drawnDrit(small);
    enc_c.delete('convA.3.model.1.bias');
    enc_a.set('fc_A.7.weight', float32([1], [1]));
    gen.set('decA4.0.bias', float32([3], [0, Number.NaN, 0]));
    const file = await saved({ enc_c, enc_a, gen });
    await expect(sized(file, { direction: 'BtoA' })).rejects.toThrow(
      'left over: enc_a.fc_A.7.weight [1]; not finite: gen.decA4.0.bias (element 1 is NaN)',
    );
    await expect(sized(file)).rejects.toThrow('missing: enc_c.convA.3.model.1.bias [8]');
  });

  it.each([
    [{ width: 3 }, 'of another shape: enc_c.convA.0.model.1.weight is [2, 3, 7, 7] and not [3, 3, 7, 7]'],
    [{ variant: 'feature-wise' }, 'the weights do not fit the generator kind=drit variant=feature-wise'],
    [{ attributeCodeSize: 0 }, 'a generator cannot have these settings: attributeCodeSize: '],
    [{ filters: 4 }, 'there are kind, variant, width, inputChannels, outputChannels, attributeCodeSize'],
  ])('because of the change %j', async (change, message) => {
    await expect(sized(checkpoint, { changes: [change] })).rejects.toThrow(message);
  });

  it('because its pictures would have more than three channels', async () => {
    const file = await saved(drawnDrit({ ...small, channels: { A: 3, B: 4 } }));
    await expect(sized(file)).rejects.toThrow('the generator takes or gives pictures of 4 channels');
  });

  it('because a size is no multiple of 4', async () => {
    await expect(sized(checkpoint, { size: 50 })).rejects.toThrow('multiples of 4 pixels, got --size 50');
  });
});

it('choices are refused that mean nothing for the file', async () => {
  await expect(sized(checkpoint, { network: 'gen' })).rejects.toThrow('choose a --direction');
  const generator = await saved({ netG: drawnWeights(smallResnet) });
  await expect(sized(generator, { direction: 'AtoB' })).rejects.toThrow(
    '--direction is for checkpoints of DRIT',
  );
});
