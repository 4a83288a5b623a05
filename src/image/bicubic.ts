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

/** Keys' cubic convolution with a = -0.5 (Keys 1981, equation 15). */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

const cubicSupport = 2;

/** For every output position: which input positions it is made of, and with which fixed-point weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `[outputs, stride]`; only the first `count` of a row are used. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function tapsFor(inputs: number, outputs: number): Taps {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  const support = cubicSupport * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const taps: Taps = {
    first: new Int32Array(outputs),
    count: new Int32Array(outputs),
    weights: new Int32Array(outputs * stride),
    stride,
  };
  for (let output = 0; output < outputs; output++) {
    const centre = (output + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), inputs);
    taps.first[output] = first;
    taps.count[output] = end - first;
    taps.weights.set(fixedPointWeights(first, end, centre, 1 / stretch), output * stride);
  }
  return taps;
}

/** Weights of inputs `first`..`end`-1, scaled to sum to 1 before they are rounded (halves away from zero). */
function fixedPointWeights(first: number, end: number, centre: number, shrink: number): number[] {
  const weights: number[] = [];
  let sum = 0;
  for (let input = first; input < end; input++) {
    const weight = cubic((input - centre + 0.5) * shrink);
    weights.push(weight);
    sum += weight;
  }
  return weights.map((weight) => {
    const scaled = (weight / sum) * 2 ** fractionBits;
    return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  });
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
  const { first, count, weights, stride } = tapsFor(source.width, width);
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
  const { first, count, weights, stride } = tapsFor(source.height, height);
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
