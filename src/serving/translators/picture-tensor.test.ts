import { describe, expect, it } from 'vitest';
import type { TensorInterface } from '../../core/manifest.ts';
import { float32, tensor } from '../../core/tensor.ts';
import { toPixels, toTensor } from './picture-tensor.ts';

const face = (dtype: 'uint8' | 'float32', layout: 'NHWC' | 'NCHW'): TensorInterface => ({
  name: 'x',
  dtype,
  shape: ['n', 'a', 'b', 'c'],
  layout,
});
const picture = { width: 2, height: 1, data: Uint8Array.from([0, 51, 255, 102, 204, 153]) };

describe('toTensor', () => {
  it('uint8 NHWC is the picture itself, not a copy', async () => {
    const input = await toTensor(picture, face('uint8', 'NHWC'));
    expect(input).toMatchObject({ dtype: 'uint8', dims: [1, 1, 2, 3] });
    expect(input.data).toBe(picture.data);
  });

  it('float NCHW has planes in [-1, 1]', async () => {
    const input = await toTensor(picture, face('float32', 'NCHW'));
    const expected = float32([1, 3, 1, 2], [-1, -0.2, -0.6, 0.6, 1, 0.2]);
    expect(input.dims).toEqual(expected.dims);
    for (const [index, value] of expected.data.entries()) expect(input.data[index]).toBeCloseTo(value, 6);
  });
});

describe('toPixels', () => {
  it('clamps and rounds floats', async () => {
    const output = float32([1, 3, 1, 2], [-1.5, -1, 0, 1, 1.5, Number.NaN]);
    expect([...(await toPixels(output, face('float32', 'NCHW'))).data]).toEqual([0, 128, 255, 0, 255, 0]);
  });

  it.each([
    ['another type', tensor('uint8', [1, 1, 2, 3], new Uint8Array(6)), face('float32', 'NHWC')],
    ['four channels', tensor('uint8', [1, 1, 2, 4], new Uint8Array(8)), face('uint8', 'NHWC')],
    ['two items', tensor('uint8', [2, 1, 2, 3], new Uint8Array(12)), face('uint8', 'NHWC')],
  ])('%s is an error that shows what came', async (_what, output, expected) => {
    await expect(toPixels(output, expected)).rejects.toThrow(
      `is ${output.dtype} [${output.dims.join(', ')}], expected`,
    );
  });
});

it.each([
  ['uint8', 'NHWC'],
  ['uint8', 'NCHW'],
  ['float32', 'NHWC'],
  ['float32', 'NCHW'],
] as const)('%s %s there and back gives every level again, over several slices', async (dtype, layout) => {
  const [width, height] = [300, 256];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 31) % 256);
  const input = await toTensor({ width, height, data }, face(dtype, layout));
  expect(await toPixels(input, face(dtype, layout))).toEqual({ width, height, data });
});

it('a megapixel of floats never holds the thread for long', async () => {
  const data = new Uint8Array(1024 * 1024 * 3).fill(77);
  const gaps: number[] = [];
  let last = performance.now();
  let running = true;
  const watch = () => {
    gaps.push(performance.now() - last);
    last = performance.now();
    if (running) setImmediate(watch);
  };
  setImmediate(watch);
  const input = await toTensor({ width: 1024, height: 1024, data }, face('float32', 'NCHW'));
  await toPixels(input, face('float32', 'NCHW'));
  running = false;
  expect(gaps.length).toBeGreaterThan(40);
  // One slice takes a millisecond or two; the median says so even when the machine is busy.
  expect(gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)]).toBeLessThan(20);
});
