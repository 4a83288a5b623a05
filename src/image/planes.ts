import { InvalidArgumentError } from '../core/errors.ts';
import { blankPixels, channels, describeSize, type Pixels, type Size } from './pixels.ts';

/**
 * Byte to network value, v / 255 * 2 - 1 computed as the published pipelines do (ToTensor, then Normalize with mean
 * and deviation 0.5), rounded to float32 after every step.
 */
const valueOfByte = Float32Array.from({ length: 256 }, (_, byte) => {
  const unit = Math.fround(byte / 255);
  return Math.fround(Math.fround(unit - 0.5) / 0.5);
});

/**
 * Pixels to the planes that networks are trained on: float32 `[3, height, width]` in [-1, 1].
 * @param target array to write into, for example a batch; made when left out
 * @param offset first element to write
 */
export function toPlanes(
  pixels: Pixels,
  target: Float32Array = new Float32Array(pixels.data.length),
  offset = 0,
): Float32Array {
  requireRoom(target.length, offset, pixels);
  const area = pixels.width * pixels.height;
  for (let pixel = 0, byte = 0, element = offset; pixel < area; pixel++, byte += channels, element++) {
    target[element] = valueOfByte[pixels.data[byte] as number] as number;
    target[element + area] = valueOfByte[pixels.data[byte + 1] as number] as number;
    target[element + 2 * area] = valueOfByte[pixels.data[byte + 2] as number] as number;
  }
  return target;
}

/**
 * Planes back to pixels, as the published `tensor2im` does: clamped to [-1, 1], (v + 1) / 2 * 255 in float32, and
 * truncated, not rounded. Not-a-number becomes 0.
 * @param planes float32 `[3, height, width]`, or a batch of them
 * @param offset first element to read
 */
export function fromPlanes(planes: Float32Array, size: Size, offset = 0): Pixels {
  requireRoom(planes.length, offset, size);
  const pixels = blankPixels(size);
  const area = size.width * size.height;
  for (let channel = 0; channel < channels; channel++) {
    const start = offset + channel * area;
    for (let pixel = 0; pixel < area; pixel++) {
      pixels.data[pixel * channels + channel] = byteOfValue(planes[start + pixel] as number);
    }
  }
  return pixels;
}

function byteOfValue(value: number): number {
  const clamped = Math.min(Math.max(value, -1), 1);
  // Halving is exact; the conversion to a byte truncates.
  return Math.fround((Math.fround(clamped + 1) / 2) * 255);
}

function requireRoom(length: number, offset: number, size: Size): void {
  const needed = size.width * size.height * channels;
  if (offset >= 0 && offset + needed <= length) return;
  throw new InvalidArgumentError(
    `planes of ${describeSize(size)} take ${needed} elements from ${offset}, the array has ${length}`,
  );
}
