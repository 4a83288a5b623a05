import { describe, expect, it } from 'vitest';
import { methodOf } from '../methods/index.ts';
import { parseTrainingConfig } from './parse.ts';
import { mergeSettings, presetNames, presetOf } from './presets.ts';
import { methodNames } from './schema.ts';

describe('presets', () => {
  it.each(methodNames)('published changes nothing of %s', (method) => {
    const own = { method, data: 'photos' };
    expect(parseTrainingConfig(mergeSettings(presetOf('published', method), own))).toEqual(
      parseTrainingConfig(own),
    );
  });

  it.each(methodNames.filter((name) => name !== 'drit' && name !== 'vq-i2i'))(
    'small is %s at 128x128 with half the channels',
    (method) => {
      const own = { method, data: 'photos' };
      const published = parseTrainingConfig(own);
      const { generator, discriminator } = published.options;
      expect(parseTrainingConfig(mergeSettings(presetOf('small', method), own))).toEqual({
        ...published,
        loadSize: 143,
        cropSize: 128,
        options: {
          ...published.options,
          generator: { ...generator, filters: 32 },
          discriminator: { ...discriminator, filters: 32 },
        },
      });
    },
  );
});

it('small is drit at 64x64, with a content discriminator that takes such small content', () => {
  const own = { method: 'drit', data: 'photos' };
  const published = parseTrainingConfig(own);
  const { generator, discriminator } = published.options;
  const small = parseTrainingConfig(mergeSettings(presetOf('small', 'drit'), own));
  expect(small).toEqual({
    ...published,
    loadSize: 76,
    cropSize: 64,
    options: {
      ...published.options,
      generator: { ...generator, filters: 32 },
      discriminator: { ...discriminator, filters: 32 },
      contentDiscriminator: { halvings: 1 },
    },
  });
  expect(Object.keys(methodOf(small).networks)).toContain('disContent');
});

it('small is vq-i2i at 128x128, with a map of 16x16 codes of a codebook of 256', () => {
  const own = { method: 'vq-i2i', data: 'photos' };
  const small = parseTrainingConfig(mergeSettings(presetOf('small', 'vq-i2i'), own));
  const { options } = small as Extract<typeof small, { method: 'vq-i2i' }>;
  expect([small.loadSize, small.cropSize]).toEqual([143, 128]);
  expect(small.cropSize / 2 ** (options.generator.multipliers.length - 1)).toBe(16);
  expect(options.codebook).toMatchObject({ size: 256, weight: 1, commitmentCost: 0.25 });
  expect(options.reconstructionWeight).toBe(5);
  expect(Object.keys(methodOf(small).networks)).toContain('autoencoder');
});

it('names its presets', () => {
  expect(presetNames).toEqual(['published', 'small']);
});

describe('mergeSettings', () => {
  it('merges objects at any depth, the second over the first', () => {
    const base = { seed: 1, options: { patches: 64, generator: { filters: 32, blocks: 6 } } };
    const over = { seed: 2, options: { generator: { blocks: 9 } }, flip: false };
    expect(mergeSettings(base, over)).toEqual({
      seed: 2,
      flip: false,
      options: { patches: 64, generator: { filters: 32, blocks: 9 } },
    });
  });

  it('replaces lists and plain values as a whole', () => {
    expect(mergeSettings({ layers: [0, 4, 8], a: { b: 1 } }, { layers: [2], a: 3 })).toEqual({
      layers: [2],
      a: 3,
    });
  });

  it('leaves what it was given alone', () => {
    const base = { options: { patches: 64 } };
    mergeSettings(base, { options: { patches: 1 } });
    expect(base).toEqual({ options: { patches: 64 } });
  });
});
