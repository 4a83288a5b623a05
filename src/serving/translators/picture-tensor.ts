import { setImmediate as nextTurn } from 'node:timers/promises';
import { InternalError } from '../../core/errors.ts';
import type { TensorInterface } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Pixels } from '../../image/index.ts';

/**
 * Pictures to tensors and back. uint8 NHWC, what our own exports take, is the decoded picture as it is. Float
 * NCHW in [-1, 1], what other exporters write, is converted here, in slices: a megapixel takes tens of
 * milliseconds, and the thread that serves HTTP is never held longer than one slice.
 */

/** Pixels converted between two turns of the event loop: about a millisecond. */
const sliceOfPixels = 32_768;

/** Value of each level 0..255 in [-1, 1]. */
const scaled = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);

/** A picture as the one-item input that the network's interface asks for. */
export async function toTensor(picture: Pixels, face: TensorInterface): Promise<Tensor> {
  const { width, height, data } = picture;
  const nchw = face.layout === 'NCHW';
  const dims = nchw ? [1, 3, height, width] : [1, height, width, 3];
  if (face.dtype === 'uint8' && !nchw) return { dtype: 'uint8', dims, data };
  const target = face.dtype === 'uint8' ? new Uint8Array(data.length) : new Float32Array(data.length);
  const value =
    face.dtype === 'uint8' ? (level: number) => level : (level: number) => scaled[level] as number;
  await inSlices(width * height, (from, to) => {
    for (let pixel = from; pixel < to; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const place = nchw ? channel * width * height + pixel : pixel * 3 + channel;
        target[place] = value(data[pixel * 3 + channel] as number);
      }
    }
  });
  return target instanceof Uint8Array
    ? { dtype: 'uint8', dims, data: target }
    : { dtype: 'float32', dims, data: target };
}

/** The one picture of a network's output. Floats outside [-1, 1] are clamped, NaN becomes 0. */
export async function toPixels(output: Tensor, face: TensorInterface): Promise<Pixels> {
  const nchw = face.layout === 'NCHW';
  const [items, height, width, channels] = pictureDims(output, nchw);
  if (items !== 1 || channels !== 3 || output.dtype !== face.dtype) {
    throw new InternalError(
      `output "${face.name}" is ${output.dtype} [${output.dims.join(', ')}], expected ${face.dtype} ${nchw ? '[1, 3, H, W]' : '[1, H, W, 3]'}`,
    );
  }
  const source = output.data as Uint8Array | Float32Array;
  if (source instanceof Uint8Array && !nchw) return { width, height, data: source };
  const area = width * height;
  // Assigning to a clamped array rounds and clamps.
  const data = new Uint8ClampedArray(area * 3);
  const [factor, offset] = source instanceof Uint8Array ? [1, 0] : [127.5, 127.5];
  await inSlices(area, (from, to) => {
    for (let pixel = from; pixel < to; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const place = nchw ? channel * area + pixel : pixel * 3 + channel;
        data[pixel * 3 + channel] = (source[place] as number) * factor + offset;
      }
    }
  });
  return { width, height, data: new Uint8Array(data.buffer) };
}

function pictureDims(output: Tensor, nchw: boolean): [number, number, number, number] {
  const [items = 0, second = 0, third = 0, fourth = 0] = output.dims;
  return nchw ? [items, third, fourth, second] : [items, second, third, fourth];
}

async function inSlices(pixels: number, convert: (from: number, to: number) => void): Promise<void> {
  for (let from = 0; from < pixels; from += sliceOfPixels) {
    if (from > 0) await nextTurn();
    convert(from, Math.min(pixels, from + sliceOfPixels));
  }
}
