import { cubicTaps } from './cubic-taps.ts';
import { channels, type Pixels, requireSize, type Size } from './pixels.ts';

/**
 * Resizing in floating point, for networks that measure pictures: nothing is rounded to bytes. Results are planes,
 * float32 `[3, height, width]`, 0..255.
 */

/**
 * Bicubic, antialiased when shrinking, each channel by itself: equal to Pillow's resize of a float picture (mode `F`)
 * clipped to 0..255, which is the `clean` convention (Parmar, Zhang and Zhu 2022, "On Aliased Resizing and Surprising
 * Subtleties in GAN Evaluation"; clean-fid). As in Pillow, a pass sums in double precision and stores single.
 * @throws InvalidArgumentError when the size is not a whole number of pixels
 */
export function resizeBicubicPlanes(source: Pixels, size: Size): Float32Array {
  requireSize(size, 'the size to resize to');
  const across = size.width === source.width ? bytePlanes(source) : resizeRows(source, size.width);
  const wide = { width: size.width, height: source.height };
  const resized = size.height === wide.height ? across : resizeColumns(across, wide, size.height);
  return resized.map((value) => Math.min(Math.max(value, 0), 255));
}

/** Pixels as planes of the same values: float32 `[3, height, width]`, 0..255. */
export function bytePlanes(source: Pixels): Float32Array {
  const area = source.width * source.height;
  const planes = new Float32Array(area * channels);
  source.data.forEach((value, byte) => {
    planes[(byte % channels) * area + Math.trunc(byte / channels)] = value;
  });
  return planes;
}

function resizeRows(source: Pixels, width: number): Float32Array {
  const { first, count, weights, stride } = cubicTaps(source.width, width);
  const planes = new Float32Array(channels * source.height * width);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < source.height; row++) {
      const rowStart = row * source.width * channels + channel;
      for (let column = 0; column < width; column++) {
        let from = rowStart + (first[column] as number) * channels;
        let sum = 0;
        const end = column * stride + (count[column] as number);
        for (let tap = column * stride; tap < end; tap++, from += channels) {
          sum += (source.data[from] as number) * (weights[tap] as number);
        }
        planes[to++] = sum;
      }
    }
  }
  return planes;
}

function resizeColumns(input: Float32Array, source: Size, height: number): Float32Array {
  const { first, count, weights, stride } = cubicTaps(source.height, height);
  const { width } = source;
  const planes = new Float32Array(channels * height * width);
  const sums = new Float64Array(width);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      sums.fill(0);
      for (let tap = 0; tap < (count[row] as number); tap++) {
        const from = (channel * source.height + (first[row] as number) + tap) * width;
        const weight = weights[row * stride + tap] as number;
        for (let column = 0; column < width; column++) {
          sums[column] = (sums[column] as number) + (input[from + column] as number) * weight;
        }
      }
      planes.set(sums, (channel * height + row) * width);
    }
  }
  return planes;
}

/**
 * Bilinear between the four nearest pixels, centres at halves, no antialiasing: PyTorch's `F.interpolate(mode='bilinear',
 * align_corners=False)`, which is the `legacy` convention (pytorch-fid). Shrinking by more than two skips pixels.
 * @throws InvalidArgumentError when the size is not a whole number of pixels
 */
export function resizeBilinearPlanes(source: Pixels, size: Size): Float32Array {
  requireSize(size, 'the size to resize to');
  const across = nearestTwo(source.width, size.width);
  const down = nearestTwo(source.height, size.height);
  const planes = new Float32Array(channels * size.height * size.width);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (const { low: top, high: bottom, part: below } of down) {
      for (const { low: left, high: right, part: beside } of across) {
        const at = (row: number, column: number) =>
          source.data[(row * source.width + column) * channels + channel] as number;
        const above = at(top, left) * (1 - beside) + at(top, right) * beside;
        const under = at(bottom, left) * (1 - beside) + at(bottom, right) * beside;
        planes[to++] = above * (1 - below) + under * below;
      }
    }
  }
  return planes;
}

interface NearestTwo {
  readonly low: number;
  readonly high: number;
  /** Share of `high`, in [0, 1). */
  readonly part: number;
}

function nearestTwo(inputs: number, outputs: number): NearestTwo[] {
  return Array.from({ length: outputs }, (_, output) => {
    const place = Math.max((output + 0.5) * (inputs / outputs) - 0.5, 0);
    const low = Math.min(Math.trunc(place), inputs - 1);
    return { low, high: Math.min(low + 1, inputs - 1), part: place - low };
  });
}
