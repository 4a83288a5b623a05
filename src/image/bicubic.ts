import { cubicTaps, type Taps } from './cubic-taps.ts';
import { blankPixels, channels, type Pixels, requireSize, type Size } from './pixels.ts';

/**
 * Bicubic resize of 8-bit pictures, equal byte for byte to Pillow's `Image.resize(size, BICUBIC)`, which the
 * published training pipelines use. Shrinking is antialiased: the kernel is stretched by the scale.
 *
 * Two passes, rows then columns, each rounded to bytes; weights are fixed-point integers with 22 fractional bits,
 * so that 8 bits of pixel and 2 of overshoot fit beside them in 32 (Pillow, libImaging/Resample.c).
 */
const fractionBits = 32 - 8 - 2;
/** Added to a sum before its fraction is dropped, which rounds it. */
const half = 1 << (fractionBits - 1);

/** Weights as fixed-point integers, halves rounded away from zero. */
function fixedPointTaps(inputs: number, outputs: number): Taps<Int32Array> {
  const taps = cubicTaps(inputs, outputs);
  const weights = Int32Array.from(taps.weights, (weight) => {
    const scaled = weight * 2 ** fractionBits;
    return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  });
  return { ...taps, weights };
}

/**
 * Resizes without keeping the aspect.
 * @throws InvalidArgumentError when the size is not a whole number of pixels
 */
export function resizeBicubic(source: Pixels, size: Size): Pixels {
  requireSize(size, 'the size to resize to');
  const wide = size.width === source.width ? source : resizeRows(source, size.width);
  return size.height === wide.height ? wide : resizeColumns(wide, size.height);
}

function resizeRows(source: Pixels, width: number): Pixels {
  const { first, count, weights, stride } = fixedPointTaps(source.width, width);
  const resized = blankPixels({ width, height: source.height });
  const input = source.data;
  const output = clamping(resized);
  let to = 0;
  for (let row = 0; row < source.height; row++) {
    const rowStart = row * source.width * channels;
    for (let column = 0; column < width; column++) {
      let red = half;
      let green = half;
      let blue = half;
      let from = rowStart + (first[column] as number) * channels;
      const end = column * stride + (count[column] as number);
      for (let tap = column * stride; tap < end; tap++, from += channels) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(input[from] as number, weight)) | 0;
        green = (green + Math.imul(input[from + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(input[from + 2] as number, weight)) | 0;
      }
      output[to++] = red >> fractionBits;
      output[to++] = green >> fractionBits;
      output[to++] = blue >> fractionBits;
    }
  }
  return resized;
}

function resizeColumns(source: Pixels, height: number): Pixels {
  const { first, count, weights, stride } = fixedPointTaps(source.height, height);
  const resized = blankPixels({ width: source.width, height });
  const rowBytes = source.width * channels;
  const output = clamping(resized);
  const sums = new Int32Array(rowBytes);
  for (let row = 0; row < height; row++) {
    sums.fill(half);
    for (let tap = 0; tap < (count[row] as number); tap++) {
      addWeighted(
        sums,
        source.data,
        ((first[row] as number) + tap) * rowBytes,
        weights[row * stride + tap] as number,
      );
    }
    const start = row * rowBytes;
    for (let byte = 0; byte < rowBytes; byte++) output[start + byte] = (sums[byte] as number) >> fractionBits;
  }
  return resized;
}

function addWeighted(sums: Int32Array, input: Uint8Array, from: number, weight: number): void {
  for (let byte = 0; byte < sums.length; byte++) {
    sums[byte] = ((sums[byte] as number) + Math.imul(input[from + byte] as number, weight)) | 0;
  }
}

/** The same bytes, clamping what is stored: the kernel's negative lobes overshoot 0..255. */
function clamping(pixels: Pixels): Uint8ClampedArray {
  return new Uint8ClampedArray(pixels.data.buffer, pixels.data.byteOffset, pixels.data.length);
}
