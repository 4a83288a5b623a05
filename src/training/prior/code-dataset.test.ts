import { expect, it } from 'vitest';
import { float32, int64, toNumbers } from '../../core/tensor.ts';
import { computeCodes } from './code-dataset.ts';

/** Four pictures of A and three of B, the number of each in its only pixel: which cut, which step, which domain. */
const pictures = {
  sizes: { trainA: 4, trainB: 3, testA: 0, testB: 0 },
  stepsPerEpoch: 4,
  async microBatches(step: number) {
    const of = (domain: number) => float32([1, 1, 1, 1], [100 * domain + step]);
    return [{ A: of(0), B: of(1), filesA: [], filesB: [] }];
  },
};
const encoder = {
  encode: async ({ data }: { data: Float32Array }) => int64([1, 1, 2], [data[0] as number, 7]),
};

it('turns every picture into codes, cut by cut', async () => {
  const codes = await computeCodes(pictures, encoder, 2, new AbortController().signal);
  expect(codes?.A.dims).toEqual([8, 1, 2]);
  expect(codes && toNumbers(codes.A).filter((_, index) => index % 2 === 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(codes && toNumbers(codes.B).filter((_, index) => index % 2 === 0)).toEqual([
    100, 101, 102, 104, 105, 106,
  ]);
});

it('stops when it is told to', async () => {
  const stop = new AbortController();
  const stopping = {
    async encode(picture: { data: Float32Array }) {
      if (picture.data[0] === 2) stop.abort();
      return encoder.encode(picture);
    },
  };
  expect(await computeCodes(pictures, stopping, 1, stop.signal)).toBeUndefined();
});
