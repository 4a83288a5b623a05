import { describe, expect, it } from 'vitest';
import { domainClassifier } from '../../nn/networks/adm/classifier.ts';
import type { AdmOptions } from '../../nn/networks/adm/layout.ts';
import { admUnet } from '../../nn/networks/adm/unet.ts';
import { classifiedSide, recogniseAdm } from './adm-layout.ts';
import { drawnAdm, drawnClassifier, hollowWeights } from './fixtures/egsde-weights.ts';

const heads = { channels: 32 };
const noHints = { residualBlocks: 1 };

/** Options of networks, beside what has to be recognised of their weights. */
const layouts: readonly (readonly [string, AdmOptions, object])[] = [
  [
    'three levels, attention at the middle one',
    { channels: 32, multipliers: [1, 2, 2], attentionRates: [2] },
    { channels: 32, multipliers: [1, 2, 2], residualBlocks: 1, attentionLevels: [1] },
  ],
  [
    'two blocks of a level',
    { channels: 32, multipliers: [1, 1, 2], residualBlocks: 2, attentionRates: [4] },
    { multipliers: [1, 1, 2], residualBlocks: 2, attentionLevels: [2] },
  ],
  [
    'sizes that change by convolutions, and an embedding that is added',
    { channels: 32, multipliers: [1, 2], residualResampling: false, scaleShift: false, attentionRates: [] },
    { residualResampling: false, convolutionalResampling: true, scaleShift: false, attentionLevels: [] },
  ],
  [
    'sizes that change without tensors',
    {
      channels: 32,
      multipliers: [1, 1, 1],
      residualResampling: false,
      convolutionalResampling: false,
      attentionRates: [],
    },
    { multipliers: [1, 1, 1], residualResampling: false, convolutionalResampling: false },
  ],
];

describe('the layout of a network of ADM', () => {
  it.each(layouts)('is recognised of a U-Net with %s', (_, options, expected) => {
    const found = recogniseAdm(drawnAdm({ residualBlocks: 1, heads, ...options }), noHints);
    expect(found).toMatchObject(expected);
  });

  it.each(layouts)('is recognised of a classifier with %s', (_, options, expected) => {
    const { residualBlocks = 1 } = options;
    const weights = drawnClassifier({ heads, poolHeadChannels: 32, ...options, residualBlocks });
    const found = recogniseAdm(weights, { residualBlocks, side: 32 });
    expect(found).toMatchObject(expected);
    expect(classifiedSide(weights, found)).toBe(32);
  });

  it('is recognised of the published networks of 256x256', () => {
    const wide = { channels: 128, multipliers: [1, 1, 2, 2, 4, 4], headChannels: 64, scaleShift: true };
    expect(recogniseAdm(hollowWeights(admUnet().forward, 256), noHints)).toMatchObject({
      ...wide,
      residualBlocks: 1,
      attentionLevels: [4],
    });
    const classifier = hollowWeights(domainClassifier().logits, 256);
    const found = recogniseAdm(classifier, { residualBlocks: 2, side: 256 });
    expect(found).toMatchObject({ ...wide, residualBlocks: 2, attentionLevels: [3, 4, 5] });
    expect(classifiedSide(classifier, found)).toBe(256);
  });

  it('is that of the size where blocks look alike, and else the usual one', () => {
    const weights = drawnClassifier({
      channels: 32,
      multipliers: [1, 1],
      residualBlocks: 2,
      attentionRates: [],
      heads,
      poolHeadChannels: 32,
    });
    const levels = (hints: Parameters<typeof recogniseAdm>[1]) =>
      recogniseAdm(weights, hints).multipliers.length;
    // The pooling has 16x16 places: six blocks are two levels of two, or three of one.
    expect(levels({ residualBlocks: 2, side: 64 })).toBe(3);
    expect(levels({ residualBlocks: 1, side: 32 })).toBe(2);
    expect(levels({ residualBlocks: 2 })).toBe(2);
    expect(levels({ residualBlocks: 1 })).toBe(3);
  });

  it('takes heads of 64 channels where they fit', () => {
    const options = { multipliers: [1, 2], residualBlocks: 1, attentionRates: [2] };
    const channelsOf = (channels: number) =>
      recogniseAdm(drawnAdm({ ...options, channels, heads }), noHints).headChannels;
    expect([channelsOf(32), channelsOf(64)]).toEqual([64, 64]);
    const one = drawnAdm({ ...options, multipliers: [1], attentionRates: [], channels: 32, heads });
    expect(recogniseAdm(one, noHints).headChannels).toBe(32);
  });
});
