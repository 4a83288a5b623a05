import { describe, expect, it } from 'vitest';
import type { Manifest } from '../core/manifest.ts';
import { measuredSizes, parseSizes } from './tune-sizes.ts';

describe('parseSizes', () => {
  it('reads widths and heights', () => {
    expect(parseSizes('256x128, 512x512')).toEqual([
      { width: 256, height: 128 },
      { width: 512, height: 512 },
    ]);
  });

  it.each(['', '256', '256x', '0x256', '256x256,', '2.5x3', '256x256x3'])('refuses "%s"', (text) => {
    expect(() => parseSizes(text)).toThrow('--sizes takes sizes as 256x256,512x384');
  });
});

describe('measuredSizes', () => {
  const image = { width: 16, height: 8, flexible: true, multipleOf: 4, maximumPixels: 1024 };
  const model = (changes: Partial<Manifest['image']> = {}) =>
    ({ name: 'm', image: { ...image, ...changes } }) as Manifest;
  const asked = [{ width: 32, height: 32 }];

  it('are the own one, unless others are asked for and it takes any', () => {
    expect(measuredSizes(model(), undefined)).toEqual([{ width: 16, height: 8 }]);
    expect(measuredSizes(model(), asked)).toEqual(asked);
    expect(measuredSizes(model({ flexible: false }), asked)).toEqual([{ width: 16, height: 8 }]);
  });

  it.each([
    [30, 32],
    [32, 36],
  ])('refuse %d x %d, which it does not take', (width, height) => {
    expect(() => measuredSizes(model(), [{ width, height }])).toThrow(
      `model "m" takes sizes that are multiples of 4 and have at most 1024 pixels, got ${width}x${height}`,
    );
  });
});
