import type { Random } from '../../core/random.ts';
import {
  decode,
  drawParameters,
  type Pixels,
  type Preprocess,
  resizeBicubic,
  scaledSize,
  type TransformOptions,
  toPlanes,
  transform,
} from '../../image/index.ts';

/** How a picture becomes a training picture: the published pipeline, and whether pictures are mirrored. */
export interface Augmentation extends TransformOptions {
  /** Mirror with probability 1/2. */
  readonly flip: boolean;
}

export interface Planes {
  readonly width: number;
  readonly height: number;
  /** CHW in [-1, 1], R, G, B. */
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Augmentation of a step. The published pipeline gives up the random crop once the learning rate decays: pictures are
 * then scaled straight to the crop size (Park et al. 2020, unaligned dataset). Modes that keep a picture's
 * own size are not touched by it.
 */
export function trainingAugmentation(
  options: Omit<Augmentation, 'preprocess'> & { readonly preprocess?: Preprocess },
  plain: boolean,
): Augmentation {
  const { preprocess = 'resize_and_crop', loadSize, cropSize, flip } = options;
  return { preprocess, loadSize: plain ? cropSize : loadSize, cropSize, flip };
}

/** The whole picture at `size` x `size` (rounded to a multiple of 4), not mirrored. */
export function testAugmentation(size: number): Augmentation {
  return { preprocess: 'resize', loadSize: size, cropSize: size, flip: false };
}

/**
 * The part without chance, which is worth keeping: decoded, and scaled as `augmentation` says.
 * Applied to its own result, the scaling of `augment` changes nothing.
 * @throws the errors of `decode`
 */
export async function prepare(bytes: Uint8Array, augmentation: Augmentation): Promise<Pixels> {
  const pixels = await decode(bytes);
  return resizeBicubic(pixels, scaledSize(pixels, augmentation));
}

/** Equal for augmentations whose prepared pictures are equal. */
export function variantOf({ preprocess, loadSize, cropSize }: Augmentation): string {
  return `${preprocess} ${loadSize} ${cropSize}`;
}

/**
 * The part with chance: crop and flip, then to planes.
 * @param prepared result of `prepare`
 * @throws InvalidArgumentError when the crop is larger than the prepared picture
 */
export function augment(prepared: Pixels, augmentation: Augmentation, random: Random): Planes {
  const drawn = drawParameters(prepared, augmentation, random);
  const picture = transform(prepared, augmentation, { ...drawn, flip: augmentation.flip && drawn.flip });
  const data = new Float32Array(picture.data.length);
  toPlanes(picture, data);
  return { width: picture.width, height: picture.height, data };
}
