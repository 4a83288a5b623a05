import { describe, expect, test } from 'vitest';
import { EpochOrder, type EpochOrderOptions } from './epoch-order.ts';

const options: EpochOrderOptions = { countA: 5, countB: 12, batchSize: 1, seed: 7, serial: false };

function epochOf(order: EpochOrder, epoch: number) {
  const first = epoch * order.stepsPerEpoch;
  return Array.from({ length: order.stepsPerEpoch }, (_, step) => order.picturesOf(first + step));
}

describe('EpochOrder', () => {
  test('an epoch is max(|A|, |B|) steps divided by the batch size, the rest dropped, never none', () => {
    expect(new EpochOrder(options).stepsPerEpoch).toBe(12);
    expect(new EpochOrder({ ...options, countA: 20 }).stepsPerEpoch).toBe(20);
    expect(new EpochOrder({ ...options, batchSize: 5 }).stepsPerEpoch).toBe(2);
    expect(new EpochOrder({ ...options, batchSize: 50 }).stepsPerEpoch).toBe(1);
  });

  test('sees each picture of A equally often in an epoch, in another order each epoch', () => {
    const order = new EpochOrder({ ...options, countA: 12, countB: 5 });
    const first = epochOf(order, 0).flatMap((step) => step.A);
    const second = epochOf(order, 1).flatMap((step) => step.A);
    const all = Array.from({ length: 12 }, (_, index) => index);
    expect(first.toSorted((x, y) => x - y)).toEqual(all);
    expect(second.toSorted((x, y) => x - y)).toEqual(all);
    expect(first).not.toEqual(all);
    expect(first).not.toEqual(second);
  });

  test('takes the smaller A modulo its number of pictures', () => {
    const counts = new Map<number, number>();
    for (const { A } of epochOf(new EpochOrder(options), 3)) {
      for (const index of A) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    // 12 positions over 5 pictures: 0 and 1 come three times, the others twice.
    expect([...counts].sort(([x], [y]) => x - y)).toEqual([
      [0, 3],
      [1, 3],
      [2, 2],
      [3, 2],
      [4, 2],
    ]);
  });

  test('draws B uniformly, with the pairs changing from epoch to epoch', () => {
    const order = new EpochOrder({ ...options, countA: 4, countB: 3 });
    const counts = [0, 0, 0];
    const pairs = new Set<string>();
    for (let step = 0; step < 3000; step++) {
      const { A, B } = order.picturesOf(step);
      counts[B[0] as number] = (counts[B[0] as number] ?? 0) + 1;
      pairs.add(`${A[0]}-${B[0]}`);
    }
    // Standard deviation of a count is sqrt(3000 * 1/3 * 2/3) = 26.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(110);
    expect(pairs.size).toBe(12);
  });

  test('depends on seed and step alone', () => {
    const forward = new EpochOrder({ ...options, batchSize: 2 });
    const backward = new EpochOrder({ ...options, batchSize: 2 });
    const steps = Array.from({ length: 40 }, (_, step) => step);
    const seen = steps.map((step) => forward.picturesOf(step));
    const reversed = steps.toReversed().map((step) => backward.picturesOf(step));
    expect(reversed.toReversed()).toEqual(seen);
    const other = new EpochOrder({ ...options, batchSize: 2, seed: 8 });
    expect(steps.map((step) => other.picturesOf(step))).not.toEqual(seen);
  });

  test('serial goes through both domains in order', () => {
    const order = new EpochOrder({ ...options, countA: 3, countB: 4, batchSize: 2, serial: true });
    expect([0, 1, 2].map((step) => order.picturesOf(step))).toEqual([
      { epoch: 0, A: [0, 1], B: [0, 1] },
      { epoch: 0, A: [2, 0], B: [2, 3] },
      { epoch: 1, A: [0, 1], B: [0, 1] },
    ]);
  });

  test('fills a batch larger than the dataset from its start again', () => {
    const order = new EpochOrder({ ...options, countA: 2, countB: 3, batchSize: 5, serial: true });
    expect(order.picturesOf(0)).toEqual({ epoch: 0, A: [0, 1, 0, 0, 1], B: [0, 1, 2, 0, 1] });
  });
});
