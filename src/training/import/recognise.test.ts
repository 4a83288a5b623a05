import { describe, expect, it } from 'vitest';
import { drawnWeights, smallResnet, smallUnet } from './fixtures/generator-weights.ts';
import type { GeneratorSettings } from './generator-schema.ts';
import { recognise } from './recognise.ts';

const both = [false, true];
const normalizations = ['instance', 'batch', 'none'] as const;

describe('recognise', () => {
  const resnets = normalizations.flatMap((normalization) =>
    both.flatMap((antialiasDown) =>
      both.flatMap((antialiasUp) =>
        both.map(
          (dropout) =>
            ({ ...smallResnet, normalization, antialiasDown, antialiasUp, dropout }) as GeneratorSettings,
        ),
      ),
    ),
  );

  it.each(resnets)('tells a ResNet from its tensors: %j', (settings) => {
    expect(recognise(drawnWeights(settings))).toEqual(settings);
  });

  it.each<GeneratorSettings>([
    { ...smallResnet, blocks: 9, filters: 3, inputChannels: 1, outputChannels: 2 } as GeneratorSettings,
    { ...smallResnet, blocks: 6, filters: 1 } as GeneratorSettings,
    ...normalizations.map((normalization) => ({ ...smallUnet, normalization })),
    { ...smallUnet, downs: 7, filters: 2, inputChannels: 1, outputChannels: 2 } as GeneratorSettings,
    { ...smallUnet, downs: 8 } as GeneratorSettings,
  ])('tells counts and channels: %j', (settings) => {
    expect(recognise(drawnWeights(settings))).toEqual(settings);
  });

  it.each(both)(
    'needs neither blur kernels nor the first convolution (up-sampling by blur: %s)',
    (antialiasUp) => {
      const settings = {
        ...smallResnet,
        antialiasDown: !antialiasUp,
        antialiasUp,
        filters: 3,
      } as GeneratorSettings;
      const weights = drawnWeights(settings);
      for (const key of [...weights.keys()])
        if (key.endsWith('.filt') || key.startsWith('model.1.')) weights.delete(key);
      expect(recognise(weights)).toEqual(settings);
    },
  );
});
