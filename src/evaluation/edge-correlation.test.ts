import { expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { edgeCorrelation } from './edge-correlation.ts';

const size = { width: 12, height: 10 };

/** Two levels, one left of a column, for each of three channels. */
function halves(column: number, left: readonly number[], right: readonly number[]): Float32Array {
  const area = size.width * size.height;
  return Float32Array.from({ length: 3 * area }, (_, at) => {
    const channel = Math.trunc(at / area);
    return (at % size.width < column ? left[channel] : right[channel]) as number;
  });
}

const grey = halves(5, [0.2, 0.2, 0.2], [0.8, 0.8, 0.8]);

it('is 1 for the same edges, whatever the colours and whichever side is light', () => {
  expect(edgeCorrelation(grey, grey, size)).toBeCloseTo(1, 9);
  expect(edgeCorrelation(grey, halves(5, [1, 0.5, 0], [0, 0, 0.4]), size)).toBeCloseTo(1, 6);
});

it('is below 0 for edges elsewhere, and between for some of both', () => {
  const elsewhere = halves(8, [0.2, 0.2, 0.2], [0.8, 0.8, 0.8]);
  // Of ten columns two have an edge in each, and none in both: -2/10 of 2/10 over 2/10 of 8/10.
  expect(edgeCorrelation(grey, elsewhere, size)).toBeCloseTo(-0.25, 6);
  const overlapping = halves(6, [0.2, 0.2, 0.2], [0.8, 0.8, 0.8]);
  expect(edgeCorrelation(grey, overlapping, size)).toBeCloseTo((0.1 - 0.04) / 0.16, 6);
});

it('sees edges in both directions alike', () => {
  const random = Random.of(3);
  const [x, y] = [1, 2].map(() => random.fill(300, (stream) => stream.uniform())) as [
    Float32Array,
    Float32Array,
  ];
  const transposed = (planes: Float32Array) =>
    planes.map((_, at) => planes[at - (at % 100) + (at % 10) * 10 + Math.trunc((at % 100) / 10)] as number);
  const square = { width: 10, height: 10 };
  const found = edgeCorrelation(x, y, square) as number;
  expect(Math.abs(found)).toBeLessThan(0.9);
  expect(edgeCorrelation(transposed(x), transposed(y), square)).toBeCloseTo(found, 9);
  expect(edgeCorrelation(transposed(x), y, square)).not.toBeCloseTo(found, 3);
});

it('is not defined without edges', () => {
  const plain = halves(5, [0.3, 0.3, 0.3], [0.3, 0.3, 0.3]);
  expect(edgeCorrelation(grey, plain, size)).toBeUndefined();
  const ramp = Float32Array.from({ length: 360 }, (_, at) => (at % 12) / 37);
  expect(edgeCorrelation(ramp, grey, size)).toBeUndefined();
  expect(edgeCorrelation(grey, grey, { width: 180, height: 2 })).toBeUndefined();
});
