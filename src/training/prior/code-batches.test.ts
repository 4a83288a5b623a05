import { describe, expect, it } from 'vitest';
import { int64, toNumbers } from '../../core/tensor.ts';
import { CodeBatches } from './code-batches.ts';

/** Maps of two codes: the number of the map, and its domain. */
const mapsOf = (count: number, domain: number) =>
  int64([count, 1, 2], Array.from({ length: count }, (_, index) => [index, domain]).flat());
const codes = { A: mapsOf(6, 0), B: mapsOf(4, 1) };

const batches = (changes: object = {}) =>
  new CodeBatches(
    { codes },
    { batchSize: 2, microBatches: 1, seed: 3, serial: false, ...changes },
    new Map(),
  );

async function numbersOf(opened: CodeBatches, domain: 'A' | 'B', steps: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let step = 0; step < steps; step++) {
    for (const batch of await opened.microBatches(step)) {
      const values = toNumbers(batch[domain]);
      expect(values.filter((_, index) => index % 2 === 1)).toEqual(domain === 'A' ? [0, 0] : [1, 1]);
      numbers.push(...values.filter((_, index) => index % 2 === 0));
    }
  }
  return numbers;
}

describe('CodeBatches', () => {
  it('show every map of the larger domain once an epoch, in an order of the seed', async () => {
    const opened = batches();
    expect(opened.stepsPerEpoch).toBe(3);
    expect(opened.sizes).toEqual({ trainA: 6, trainB: 4, testA: 0, testB: 0 });
    const first = await numbersOf(opened, 'A', 3);
    expect(first.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await numbersOf(batches(), 'A', 3)).toEqual(first);
    expect(await numbersOf(batches({ seed: 4 }), 'A', 3)).not.toEqual(first);
    expect((await numbersOf(opened, 'B', 3)).every((number) => number < 4)).toBe(true);
  });

  it('cut a step into micro-batches', async () => {
    const [first, second] = await batches({ microBatches: 2, serial: true }).microBatches(0);
    expect([first, second].map((batch) => toNumbers(batch?.A as never))).toEqual([
      [0, 0, 1, 0],
      [2, 0, 3, 0],
    ]);
    expect(first?.A.dims).toEqual([2, 1, 2]);
  });
});
