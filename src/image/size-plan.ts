import { UnpairedError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import { describeSize, requireSize, type Size } from './pixels.ts';
import type { Fit } from './resize.ts';

/** What sizes a model takes: the `image` entry of its manifest. */
export type ImagePolicy = Manifest['image'];

/**
 * `model`: the size that the model was trained for. `original`: the picture's own size.
 */
export const sizeRequests = ['model', 'original'] as const;
export type SizeRequest = (typeof sizeRequests)[number];

/** How a picture becomes the network's input, and the network's output the answer. */
export interface SizePlan {
  /** The picture is resized to this, in the manner of `fit`; the source's own size means: left as it is. */
  readonly resize: Size;
  readonly fit: Fit;
  /** Size given to the network: at least `resize`; the rest is filled by repeating the last column and row. */
  readonly network: Size;
  /** Top left part of the network's output that is the answer. */
  readonly answer: Size;
}

/** What a picture is given to a network for that goes on with its sides. */
export interface WholePicture {
  /** Least sides. */
  readonly least: Size;
  /** Both sides are multiples of this, which the policy's own divides. */
  readonly multipleOf: number;
}

/** `size=original` for a model that takes only one size: 422. */
export class SizeUnsupportedError extends UnpairedError {
  constructor(policy: ImagePolicy) {
    super(
      `size=original needs a fully convolutional model; this one takes pictures of ${describeSize(policy)} only, use size=model`,
      { code: 'SIZE_UNSUPPORTED', status: 422 },
    );
  }
}

/** So long and thin that no size within the model's limit keeps its aspect: 422. */
export class ImageTooNarrowError extends UnpairedError {
  constructor(source: Size, minimumSide: number, maximumPixels: number) {
    super(
      `a picture of ${describeSize(source)} is too narrow: with its short side scaled to the ${minimumSide} pixels that the ` +
        `model needs it has more than ${maximumPixels} pixels`,
      { code: 'IMAGE_TOO_NARROW', status: 422 },
    );
  }
}

/**
 * Shortest side given to a flexible network, in multiples of `multipleOf`: its innermost features are then 4 pixels
 * wide, enough for the reflection padding of its residual blocks.
 */
const minimumMultiples = 4;

/**
 * Decides the sizes of one translation.
 *
 * - A model of fixed size gets the picture scaled to cover that size and cut in the middle: the aspect is kept.
 * - `model`, flexible: the picture keeps its aspect and gets as many pixels as the model was trained with, both
 *   sides rounded to `multipleOf`, so that textures come at the scale the model knows. The answer has that size.
 * - `original`, flexible: the answer is exactly as large as the picture. Nothing is resampled; the network gets the
 *   picture with its last row and column repeated up to `multipleOf`, and the answer is cut back.
 *   A picture above `maximumPixels` is scaled down to it, aspect kept, both sides rounded to `multipleOf`;
 *   the answer then has that size, since enlarging it again would only blur it.
 *
 * - With `whole`, what the network gets is nothing but picture: `original` too is then scaled, to about the picture's own
 *   size.
 *
 * @param source size after EXIF orientation
 * @throws SizeUnsupportedError, ImageTooNarrowError
 */
export function planSize(
  source: Size,
  policy: ImagePolicy,
  size: SizeRequest = 'model',
  whole?: WholePicture,
): SizePlan {
  requireSize(source, 'the size of the picture');
  if (!policy.flexible) return planFixed(policy, size);
  if (size === 'model') return planScaled(source, policy, policy.width * policy.height, whole);
  if (whole) return planScaled(source, policy, area(source), whole);
  const network = {
    width: roundSide(source.width, policy.multipleOf, Math.ceil),
    height: roundSide(source.height, policy.multipleOf, Math.ceil),
  };
  if (area(network) > policy.maximumPixels) return planScaled(source, policy, area(source));
  const own = { width: source.width, height: source.height };
  return { resize: own, fit: 'fill', network, answer: own };
}

function planFixed(policy: ImagePolicy, size: SizeRequest): SizePlan {
  if (size === 'original') throw new SizeUnsupportedError(policy);
  const own = { width: policy.width, height: policy.height };
  return { resize: own, fit: 'cover', network: own, answer: own };
}

function planScaled(source: Size, policy: ImagePolicy, pixels: number, whole?: WholePicture): SizePlan {
  const size = scaledTo(source, policy, { pixels: Math.min(pixels, policy.maximumPixels), whole });
  return { resize: size, fit: 'fill', network: size, answer: size };
}

/** The size nearest to `pixels` pixels with the source's aspect that the network takes; more where one side needs it. */
function scaledTo(
  source: Size,
  policy: ImagePolicy,
  { pixels, whole }: { readonly pixels: number; readonly whole: WholePicture | undefined },
): Size {
  const { least = { width: 0, height: 0 }, multipleOf = policy.multipleOf } = whole ?? {};
  const minimumSide = minimumMultiples * policy.multipleOf;
  const multiples = {
    width: Math.ceil(Math.max(minimumSide, least.width) / multipleOf),
    height: Math.ceil(Math.max(minimumSide, least.height) / multipleOf),
  };
  const needed = { width: multiples.width * multipleOf, height: multiples.height * multipleOf };
  const scale = Math.max(
    Math.sqrt(pixels / area(source)),
    needed.width / source.width,
    needed.height / source.height,
  );
  for (const round of [Math.round, Math.floor]) {
    const side = (name: keyof Size) => roundSide(source[name] * scale, multipleOf, round, multiples[name]);
    const size = { width: side('width'), height: side('height') };
    if (area(size) <= policy.maximumPixels) return size;
  }
  const shortSide = source.width < source.height ? needed.width : needed.height;
  throw new ImageTooNarrowError(source, shortSide, policy.maximumPixels);
}

function roundSide(
  side: number,
  multipleOf: number,
  round: (value: number) => number,
  least = minimumMultiples,
): number {
  return Math.max(least, round(side / multipleOf)) * multipleOf;
}

function area(size: Size): number {
  return size.width * size.height;
}
