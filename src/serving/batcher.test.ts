import fc from 'fast-check';
import { expect, it } from 'vitest';
import { float32, tensor } from '../core/tensor.ts';
import { batchKey, itemCount, joinFeeds, splitOutputs } from './batcher.ts';

it('splitting what was joined gives back every part', () => {
  const part = fc.integer({ min: 1, max: 4 }).chain((items) =>
    fc.array(fc.float({ noNaN: true }), { minLength: items * 6, maxLength: items * 6 }).map((values) => ({
      x: float32([items, 2, 3], values),
      y: tensor(
        'uint8',
        [items],
        Uint8Array.from({ length: items }, (_, index) => index),
      ),
    })),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const joined = joinFeeds(parts);
      expect(joined.x?.dims).toEqual([parts.reduce((sum, { x }) => sum + (x.dims[0] as number), 0), 2, 3]);
      expect(splitOutputs(joined, parts.map(itemCount))).toEqual(parts);
    }),
  );
});

it('parts of a batch share no memory with it', () => {
  const batch = { y: float32([2, 1], [1, 2]) };
  const [first] = splitOutputs(batch, [1, 1]);
  batch.y.data[0] = 9;
  expect(first?.y?.data[0]).toBe(1);
});

it('the key tells networks, types and shapes apart, but not the number of items', () => {
  const key = batchKey('n', { x: float32([1, 2], [0, 0]) });
  expect(batchKey('n', { x: float32([2, 2], [0, 0, 0, 0]) })).toBe(key);
  expect(batchKey('m', { x: float32([1, 2], [0, 0]) })).not.toBe(key);
  expect(batchKey('n', { x: float32([1, 1, 2], [0, 0]) })).not.toBe(key);
  expect(batchKey('n', { x: tensor('uint8', [1, 2], new Uint8Array(2)) })).not.toBe(key);
});

it('an output with other rows than items is an error that names it', () => {
  expect(() => splitOutputs({ y: float32([3, 1], [1, 2, 3]) }, [1, 1])).toThrow(
    'output "y" has 3 rows for a batch of 2 items',
  );
});
