import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { resizeBicubic } from './bicubic.ts';
import { blankPixels, pixelsFrom } from './pixels.ts';
import { fromPlanes, toPlanes } from './planes.ts';
import {
  centreParameters,
  drawParameters,
  type Preprocess,
  scaledSize,
  type TransformOptions,
  transform,
} from './transforms.ts';

/** Saved from the published PyTorch code on Pillow; `case.json` tells how. */
const reference = new URL('./fixtures/H_image_pipeline/', import.meta.url);
const tolerance = 5e-7;

function elements<T>(file: string, view: new (buffer: ArrayBuffer) => T): T {
  return new view(new Uint8Array(readFileSync(new URL(file, reference))).buffer);
}

const floats = (file: string) => elements(file, Float32Array);
const bytes = (file: string) => Uint8Array.from(elements(file, BigInt64Array), Number);

describe('the published pipeline', () => {
  const photograph = pixelsFrom({ width: 53, height: 37 }, bytes('in_image.i64.bin'));
  const sizes = { loadSize: 44, cropSize: 32 };

  function worstDifference(actual: Float32Array, expected: Float32Array): number {
    expect(actual.length).toBe(expected.length);
    return actual.reduce(
      (worst, value, index) => Math.max(worst, Math.abs(value - (expected[index] as number))),
      0,
    );
  }

  test.each<[string, Preprocess, boolean]>([
    ['resize_and_crop', 'resize_and_crop', true],
    ['noflip', 'resize_and_crop', false],
    ['scale_width', 'scale_width', false],
    ['none', 'none', false],
  ])('%s', (name, preprocess, flip) => {
    const result = transform(photograph, { preprocess, ...sizes }, { cropX: 5, cropY: 9, flip });
    expect(worstDifference(toPlanes(result), floats(`out_${name}.bin`))).toBeLessThanOrEqual(tolerance);
  });

  test('drit_test', () => {
    const options = { preprocess: 'resize_and_crop', ...sizes } as const;
    const result = transform(photograph, options, centreParameters(photograph, options));
    expect(worstDifference(toPlanes(result), floats('out_drit_test.bin'))).toBeLessThanOrEqual(tolerance);
  });

  test('tensor2im', () => {
    const picture = fromPlanes(floats('in_tensor.bin'), { width: 11, height: 9 });
    expect(picture.data).toEqual(bytes('out_tensor2im.i64.bin'));
  });
});

describe('scaledSize', () => {
  test.each<[Preprocess, number, number, number, number]>([
    ['resize_and_crop', 500, 300, 286, 286],
    ['resize', 500, 300, 286, 286],
    ['crop', 500, 300, 500, 300],
    ['none', 500, 300, 500, 300],
    ['scale_width_and_crop', 500, 450, 286, 257],
    // Too flat for the crop: the height is stretched to it.
    ['scale_width_and_crop', 500, 300, 286, 256],
    ['scale_width', 286, 300, 286, 300],
    ['scale_shortside_and_crop', 200, 100, 572, 286],
    // Never scaled down.
    ['scale_shortside', 500, 300, 500, 300],
  ])('%s of %ix%i is %ix%i', (preprocess, width, height, expectedWidth, expectedHeight) => {
    const options = { preprocess, loadSize: 286, cropSize: 256 };
    expect(scaledSize({ width, height }, options)).toEqual({ width: expectedWidth, height: expectedHeight });
  });
});

describe('drawParameters', () => {
  const options: TransformOptions = { preprocess: 'resize_and_crop', loadSize: 10, cropSize: 8 };
  const source = { width: 31, height: 17 };

  test('reaches every crop and both flips, and nothing else', () => {
    const seen = new Set<string>();
    const random = Random.of(1, 'crops');
    for (let draw = 0; draw < 500; draw++) {
      const { cropX, cropY, flip } = drawParameters(source, options, random);
      seen.add(`${cropX} ${cropY} ${flip}`);
    }
    expect(seen.size).toBe(3 * 3 * 2);
    for (const drawn of seen) expect(drawn).toMatch(/^[012] [012] (?:true|false)$/);
  });

  test('draws follow from the seed', () => {
    expect(drawParameters(source, options, Random.of(7))).toEqual(
      drawParameters(source, options, Random.of(7)),
    );
  });

  test('whatever is drawn can be used, and gives the crop size', () => {
    const picture = blankPixels(source, [1, 2, 3]);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const result = transform(picture, options, drawParameters(picture, options, Random.of(seed)));
        expect(result).toMatchObject({ width: 8, height: 8 });
      }),
      { numRuns: 30 },
    );
  });

  test('a crop larger than the picture names both sizes and the options', () => {
    const cropOnly = { ...options, preprocess: 'crop', cropSize: 18 } as const;
    expect(() => drawParameters(source, cropOnly, Random.of(1))).toThrow(
      /crop of 18x18 does not fit a picture of 31x17 \(preprocess crop, load size 10\)/,
    );
  });
});

describe('transform', () => {
  test('sides are rounded to a multiple of 4, halves to the even multiple', () => {
    const options: TransformOptions = { preprocess: 'none', loadSize: 8, cropSize: 8 };
    const still = { cropX: 0, cropY: 0, flip: false };
    const sideOf = (side: number) => transform(blankPixels({ width: side, height: 8 }), options, still).width;
    expect([9, 10, 11, 14, 18, 22, 1].map(sideOf)).toEqual([8, 8, 12, 16, 16, 24, 4]);
  });

  test('an odd margin is split as in torchvision: half to even', () => {
    const at = (side: number) =>
      centreParameters({ width: side, height: side }, { preprocess: 'crop', loadSize: 4, cropSize: 4 }).cropX;
    expect([4, 5, 7, 9].map(at)).toEqual([0, 0, 2, 2]);
  });

  test('the source is left alone', () => {
    const source = pixelsFrom(
      { width: 4, height: 4 },
      Uint8Array.from({ length: 48 }, (_, index) => index),
    );
    const before = source.data.slice();
    const options: TransformOptions = { preprocess: 'resize', loadSize: 4, cropSize: 4 };
    transform(source, options, { cropX: 0, cropY: 0, flip: true });
    resizeBicubic(source, { width: 9, height: 3 });
    expect(source.data).toEqual(before);
  });
});
