import { describe, expect, test } from 'vitest';
import { encode } from './encode.ts';
import { cutAnswer, decodeForModel } from './fit.ts';
import { blankPixels, pixelsFrom } from './pixels.ts';
import type { ImagePolicy } from './size-plan.ts';

const policy: ImagePolicy = { width: 64, height: 64, flexible: true, multipleOf: 4, maximumPixels: 10_000 };
const noise = pixelsFrom(
  { width: 61, height: 43 },
  Uint8Array.from({ length: 61 * 43 * 3 }, (_, index) => (index * 2_654_435_761) >>> 13),
);

describe('decodeForModel', () => {
  test('size=original: a network that changes nothing answers with the very pixels that came', async () => {
    const bytes = await encode(noise, { format: 'png' });
    const { pixels, plan, source } = await decodeForModel(bytes, { policy, size: 'original' });
    expect(source).toEqual({ width: 61, height: 43 });
    expect(pixels).toMatchObject({ width: 64, height: 44 });
    expect(cutAnswer(pixels, plan)).toEqual(noise);
  });

  test('size=model is what is done unless told otherwise', async () => {
    const bytes = await encode(blankPixels({ width: 200, height: 100 }, [1, 2, 3]), { format: 'png' });
    const { pixels, plan } = await decodeForModel(bytes, { policy });
    expect(pixels).toEqual(blankPixels({ width: 92, height: 44 }, [1, 2, 3]));
    expect(cutAnswer(pixels, plan)).toBe(pixels);
  });

  test('a model of fixed size', async () => {
    const bytes = await encode(blankPixels({ width: 200, height: 100 }, [1, 2, 3]), { format: 'png' });
    const { pixels } = await decodeForModel(bytes, { policy: { ...policy, flexible: false } });
    expect(pixels).toEqual(blankPixels({ width: 64, height: 64 }, [1, 2, 3]));
  });

  test('limits reach the decoder', async () => {
    const bytes = await encode(noise, { format: 'png' });
    const limits = { maximumBytes: 1e6, maximumPixels: 100 };
    await expect(decodeForModel(bytes, { policy, limits })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });
});
