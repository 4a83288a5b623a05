import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ImagePolicy, ImageTooNarrowError, planSize, SizeUnsupportedError } from './size-plan.ts';

const flexible: ImagePolicy = {
  width: 256,
  height: 256,
  flexible: true,
  multipleOf: 4,
  maximumPixels: 1024 * 1024,
};
const fixed: ImagePolicy = { ...flexible, width: 256, height: 192, flexible: false };

const same = (width: number, height: number) => ({
  resize: { width, height },
  fit: 'fill',
  network: { width, height },
  answer: { width, height },
});

describe('a model of fixed size', () => {
  test('gets the picture scaled to cover its size, cut in the middle', () => {
    const plan = planSize({ width: 4000, height: 3000 }, fixed);
    expect(plan).toEqual({ ...same(256, 192), fit: 'cover' });
  });

  test('has no other size to offer', () => {
    const failure = () => planSize({ width: 400, height: 300 }, fixed, 'original');
    expect(failure).toThrow(SizeUnsupportedError);
    expect(failure).toThrow(/takes pictures of 256x192 only/);
  });
});

describe('size=model', () => {
  test.each([
    [256, 256, 256, 256],
    [4000, 3000, 296, 220],
    [3000, 4000, 220, 296],
    [1920, 1080, 340, 192],
    [32, 32, 256, 256],
  ])('%ix%i becomes %ix%i', (width, height, expectedWidth, expectedHeight) => {
    expect(planSize({ width, height }, flexible)).toEqual(same(expectedWidth, expectedHeight));
  });

  test('a strip gets more pixels rather than another aspect', () => {
    expect(planSize({ width: 20_000, height: 10 }, flexible)).toEqual(same(32_000, 16));
  });
});

describe('size=original', () => {
  test('a picture that fits is not resampled, and the answer has its size', () => {
    expect(planSize({ width: 1000, height: 668 }, flexible, 'original')).toEqual(same(1000, 668));
    expect(planSize({ width: 1001, height: 667 }, flexible, 'original')).toEqual({
      ...same(1001, 667),
      network: { width: 1004, height: 668 },
    });
  });

  test('a tiny picture is filled up to what the network needs', () => {
    expect(planSize({ width: 5, height: 9 }, flexible, 'original')).toEqual({
      ...same(5, 9),
      network: { width: 16, height: 16 },
    });
  });

  test('a larger picture is scaled down to the limit', () => {
    expect(planSize({ width: 4000, height: 3000 }, flexible, 'original')).toEqual(same(1180, 884));
    // It would fit by itself, but not when filled up to a multiple.
    expect(planSize({ width: 1023, height: 1025 }, flexible, 'original').network).toEqual({
      width: 1024,
      height: 1024,
    });
  });
});

test('a picture that cannot be scaled in proportion is refused', () => {
  const failure = () => planSize({ width: 1_000_000, height: 3 }, flexible);
  expect(failure).toThrow(ImageTooNarrowError);
  expect(failure).toThrow(
    /a picture of 1000000x3 is too narrow: with its short side scaled to the 16 pixels/,
  );
});

describe('every plan of a flexible model', () => {
  const side = fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 50 }));
  const size = fc.constantFrom('model' as const, 'original' as const);
  const multiple = fc.constantFrom(1, 4, 8, 32);

  test('keeps its promises', () => {
    fc.assert(
      fc.property(side, side, size, multiple, (width, height, request, multipleOf) => {
        const policy = { ...flexible, multipleOf };
        const minimumSide = 4 * multipleOf;
        const aspect = Math.max(width, height) / Math.min(width, height);
        fc.pre(aspect * minimumSide ** 2 <= policy.maximumPixels);
        const { resize, network, answer } = planSize({ width, height }, policy, request);
        expect([network.width % multipleOf, network.height % multipleOf]).toEqual([0, 0]);
        expect(network.width * network.height).toBeLessThanOrEqual(policy.maximumPixels);
        expect(Math.min(network.width, network.height)).toBeGreaterThanOrEqual(minimumSide);
        expect(resize.width).toBeLessThanOrEqual(network.width);
        expect(resize.height).toBeLessThanOrEqual(network.height);
        expect(answer).toEqual(resize);
        // The aspect is kept: both sides are scaled alike, but for rounding to the multiple.
        const difference = Math.abs(resize.width / width - resize.height / height);
        expect(difference).toBeLessThanOrEqual(multipleOf / width + multipleOf / height);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a picture that has to be at least so large', () => {
  const least = { width: 256, height: 256 };
  const plan = (width: number, height: number, size?: 'model' | 'original', multipleOf = 4) =>
    planSize({ width, height }, flexible, size, { least, multipleOf });

  test('gets more pixels where its short side needs them', () => {
    expect(plan(1920, 1080)).toEqual(same(456, 256));
    expect(plan(300, 1000)).toEqual(same(256, 852));
    expect(plan(640, 640)).toEqual(same(256, 256));
  });

  test('keeps its own size about, in whole multiples: nothing is filled up', () => {
    expect(plan(641, 302, 'original')).toEqual(same(640, 304));
    expect(plan(100, 50, 'original')).toEqual(same(512, 256));
  });

  test('may be asked for in larger multiples', () => {
    expect(plan(641, 302, 'original', 32)).toEqual(same(640, 288));
    expect(plan(1000, 200, 'model', 48)).toEqual(same(1440, 288));
  });

  test('is refused when it is too narrow for that', () => {
    expect(() => plan(20_000, 100)).toThrow(/short side scaled to the 256 pixels/);
  });
});
