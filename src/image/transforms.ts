import { InvalidArgumentError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { roundHalfToEven } from '../core/round-half-to-even.ts';
import { resizeBicubic } from './bicubic.ts';
import { describeSize, type Pixels, type Size } from './pixels.ts';
import { crop, flipHorizontally } from './region.ts';

/**
 * The published pipeline from a photograph to a training picture (CycleGAN and CUT, `data/base_dataset.py`):
 * scale with Pillow's bicubic, crop a square, round both sides to a multiple of 4, flip. `toPlanes` is its last step.
 */
export const preprocessModes = [
  'resize_and_crop',
  'resize',
  'crop',
  'scale_width',
  'scale_width_and_crop',
  'scale_shortside',
  'scale_shortside_and_crop',
  'none',
] as const;

/** The published names of `--preprocess`, read word by word: how to scale, and whether to crop. */
export type Preprocess = (typeof preprocessModes)[number];

/** Whether pictures come out in other sizes than that of the crop: multiples of 4, as they are or as they are scaled. */
export function keepsOwnSizes(preprocess: Preprocess): boolean {
  return !preprocess.endsWith('crop');
}

export interface TransformOptions {
  readonly preprocess: Preprocess;
  /** Pixels a side that pictures are scaled to. */
  readonly loadSize: number;
  /** Pixels a side of the square that is cut out. */
  readonly cropSize: number;
}

/** What is drawn anew for every picture. */
export interface TransformParameters {
  /** Column and row of the crop's top left pixel in the scaled picture; ignored by modes that do not crop. */
  readonly cropX: number;
  readonly cropY: number;
  /** Mirror left and right. */
  readonly flip: boolean;
}

/** Sides of what the pipeline returns are multiples of this: the generators halve the size twice. */
const sideMultiple = 4;

/** Size of the picture after scaling, before the crop. */
export function scaledSize(source: Size, options: TransformOptions): Size {
  const { preprocess, loadSize, cropSize } = options;
  const { width, height } = source;
  if (preprocess.startsWith('resize')) return { width: loadSize, height: loadSize };
  if (preprocess.startsWith('scale_width')) {
    if (width === loadSize && height >= cropSize) return source;
    return { width: loadSize, height: Math.trunc(Math.max((loadSize * height) / width, cropSize)) };
  }
  const shortSide = Math.min(width, height);
  if (!preprocess.startsWith('scale_shortside') || shortSide >= loadSize) return source;
  const scale = loadSize / shortSide;
  return { width: roundHalfToEven(width * scale), height: roundHalfToEven(height * scale) };
}

/**
 * Draws the crop uniformly over the scaled picture, and the flip with probability one half.
 * @throws InvalidArgumentError when the crop is larger than the scaled picture
 */
export function drawParameters(source: Size, options: TransformOptions, random: Random): TransformParameters {
  const room = cropRoom(scaledSize(source, options), options);
  const cropX = random.integer(room.x + 1);
  const cropY = random.integer(room.y + 1);
  return { cropX, cropY, flip: random.uniform() < 0.5 };
}

/**
 * The middle crop, without a flip: what is used for testing. An odd margin is split as torchvision's `CenterCrop` does.
 * @throws InvalidArgumentError when the crop is larger than the scaled picture
 */
export function centreParameters(source: Size, options: TransformOptions): TransformParameters {
  const room = cropRoom(scaledSize(source, options), options);
  return { cropX: roundHalfToEven(room.x / 2), cropY: roundHalfToEven(room.y / 2), flip: false };
}

/**
 * Runs the pipeline with given parameters.
 * @throws InvalidArgumentError when the crop is not inside the scaled picture
 */
export function transform(
  source: Pixels,
  options: TransformOptions,
  parameters: TransformParameters,
): Pixels {
  const scaled = resizeBicubic(source, scaledSize(source, options));
  const cut = crops(options) ? cropSquare(scaled, options.cropSize, parameters) : scaled;
  const even = resizeBicubic(cut, { width: toMultiple(cut.width), height: toMultiple(cut.height) });
  return parameters.flip ? flipHorizontally(even) : even;
}

function crops(options: TransformOptions): boolean {
  return options.preprocess.endsWith('crop');
}

function cropSquare(scaled: Pixels, side: number, { cropX, cropY }: TransformParameters): Pixels {
  if (scaled.width === side && scaled.height === side && cropX === 0 && cropY === 0) return scaled;
  return crop(scaled, { x: cropX, y: cropY, width: side, height: side });
}

/** Largest crop position. */
function cropRoom(scaled: Size, options: TransformOptions): { x: number; y: number } {
  if (!crops(options)) return { x: 0, y: 0 };
  const room = { x: scaled.width - options.cropSize, y: scaled.height - options.cropSize };
  if (room.x >= 0 && room.y >= 0) return room;
  throw new InvalidArgumentError(
    `a crop of ${options.cropSize}x${options.cropSize} does not fit a picture of ${describeSize(scaled)} ` +
      `(preprocess ${options.preprocess}, load size ${options.loadSize}); use a smaller crop or a preprocess that scales up`,
  );
}

function toMultiple(side: number): number {
  return Math.max(sideMultiple, roundHalfToEven(side / sideMultiple) * sideMultiple);
}
