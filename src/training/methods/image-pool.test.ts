import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ImagePool, type PoolDraws } from './image-pool.ts';

const folder = new URL('./fixtures/imagepool/', import.meta.url);

/** A file of the recorded run of the DCLGAN repository's ImagePool; case.json beside it says how it was made. */
function recorded(name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(new URL(name, folder))).buffer;
}

function recordedIntegers(name: string): number[] {
  return Array.from(new BigInt64Array(recorded(name)), Number);
}

/** Hands out given numbers, one after the other, and counts them. */
function replay(uniforms: ArrayLike<number>, slots: ArrayLike<number>) {
  const used = { uniforms: 0, slots: 0 };
  const draws: PoolDraws = {
    uniform: () => uniforms[used.uniforms++] as number,
    integer: () => slots[used.slots++] as number,
  };
  return { draws, used };
}

const never: PoolDraws = {
  uniform: () => expect.unreachable('no number may be drawn'),
  integer: () => expect.unreachable('no slot may be drawn'),
};

test('returns what the reference returned, and draws as many numbers', () => {
  const { pool_size: size } = JSON.parse(readFileSync(new URL('case.json', folder), 'utf8')).constructor_args;
  const { draws, used } = replay(
    new Float32Array(recorded('in_uniform.bin')),
    recordedIntegers('in_slots.i64.bin'),
  );
  const expected = recordedIntegers('out_returned.i64.bin');
  const pool = new ImagePool<number>(size);
  expect(expected.flatMap((_, index) => pool.query([index], draws))).toEqual(expected);
  expect([used.uniforms, used.slots]).toEqual(recordedIntegers('out_used.i64.bin'));
});

test('size 0 passes every batch through and draws nothing', () => {
  const pool = new ImagePool<number>(0);
  expect(pool.query([1, 2], never)).toEqual([1, 2]);
  expect(pool.contents()).toEqual([]);
});

test('draws nothing while it fills', () => {
  const pool = new ImagePool<number>(3);
  expect(pool.query([1, 2], never)).toEqual([1, 2]);
  expect(pool.contents()).toEqual([1, 2]);
});

test('exactly one half does not swap', () => {
  const pool = new ImagePool(1, [7]);
  const { draws, used } = replay([0.5, 0.5000001], [0]);
  expect(pool.query([8], draws)).toEqual([8]);
  expect(used.slots).toBe(0);
  expect(pool.query([9], draws)).toEqual([7]);
  expect(pool.contents()).toEqual([9]);
});

test('a batch may return a picture that the same batch put in', () => {
  const { draws } = replay([0.9, 0.9], [0, 0]);
  expect(new ImagePool<number>(1).query([1, 2, 3], draws)).toEqual([1, 1, 2]);
});

test('goes on from what it held', () => {
  const stored = [1, 2];
  const pool = new ImagePool(3, stored);
  pool.query([3], never);
  expect(pool.query([4], replay([0.9], [1]).draws)).toEqual([2]);
  expect(pool.contents()).toEqual([1, 4, 3]);
  expect(stored).toEqual([1, 2]);
});

test('bad arguments are refused with the value seen', () => {
  expect(() => new ImagePool(-1)).toThrow('an integer of at least 0, got -1');
  expect(() => new ImagePool(1, [1, 2])).toThrow('size 1 cannot hold 2 pictures');
  expect(() => new ImagePool(1, [1]).query([2], replay([0.9], [1]).draws)).toThrow(
    'slot must be in [0, 1), got 1',
  );
});
