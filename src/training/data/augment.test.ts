import { describe, expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import {
  drawParameters,
  encode,
  type Pixels,
  preprocessModes,
  toPlanes,
  transform,
} from '../../image/index.ts';
import { type Augmentation, augment, prepare, testAugmentation, trainingAugmentation } from './augment.ts';

function noise(width: number, height: number): Pixels {
  const random = Random.of(5, width, height);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

describe('augment', () => {
  test.each(preprocessModes)('%s in two parts is the published pipeline in one', async (preprocess) => {
    const augmentation: Augmentation = { preprocess, loadSize: 37, cropSize: 32, flip: true };
    for (const [width, height] of [
      [53, 41],
      [41, 53],
      [37, 37],
      [113, 35],
    ] as const) {
      const source = noise(width, height);
      const prepared = await prepare(await encode(source, { format: 'png' }), augmentation);
      for (const seed of [1, 2, 3]) {
        const parameters = drawParameters(source, augmentation, Random.of(seed));
        const whole = transform(source, augmentation, parameters);
        const planes = augment(prepared, augmentation, Random.of(seed));
        expect([planes.width, planes.height]).toEqual([whole.width, whole.height]);
        expect(Buffer.from(planes.data.buffer).equals(Buffer.from(toPlanes(whole).buffer))).toBe(true);
      }
    }
  });

  test('mirrors half of the pictures, and none when told so', () => {
    const source = noise(8, 8);
    const augmentation: Augmentation = { preprocess: 'resize', loadSize: 8, cropSize: 8, flip: true };
    const still = toPlanes(source);
    const mirrored = (flip: boolean) =>
      Array.from({ length: 400 }, (_, seed) =>
        augment(source, { ...augmentation, flip }, Random.of(seed)),
      ).filter((planes) => !Buffer.from(planes.data.buffer).equals(Buffer.from(still.buffer))).length;
    expect(mirrored(false)).toBe(0);
    // 400 draws at 1/2: standard deviation 10.
    expect(Math.abs(mirrored(true) - 200)).toBeLessThan(45);
  });

  test('the draw of the crop does not depend on whether pictures are mirrored', () => {
    const source = noise(20, 20);
    const augmentation: Augmentation = { preprocess: 'crop', loadSize: 20, cropSize: 8, flip: false };
    const parameters = drawParameters(source, augmentation, Random.of(9));
    const expected = toPlanes(transform(source, augmentation, { ...parameters, flip: false }));
    expect(augment(source, augmentation, Random.of(9)).data).toEqual(expected);
  });
});

describe('augmentation of a step', () => {
  const options = { loadSize: 286, cropSize: 256, flip: true };

  test('is resize and crop, until pictures are scaled straight to the crop size', () => {
    expect(trainingAugmentation(options, false)).toEqual({ ...options, preprocess: 'resize_and_crop' });
    expect(trainingAugmentation(options, true)).toEqual({
      preprocess: 'resize_and_crop',
      loadSize: 256,
      cropSize: 256,
      flip: true,
    });
    expect(trainingAugmentation({ ...options, preprocess: 'none' }, false).preprocess).toBe('none');
  });

  test('shows test pictures whole', () => {
    const source = noise(40, 24);
    const planes = augment(source, testAugmentation(32), Random.of(1));
    expect([planes.width, planes.height]).toEqual([32, 32]);
    const whole = transform(source, testAugmentation(32), { cropX: 0, cropY: 0, flip: false });
    expect(planes.data).toEqual(toPlanes(whole));
  });
});
