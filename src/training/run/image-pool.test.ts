import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, type Tensor } from '../../core/tensor.ts';
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

/** Pictures of one value each: [N, 1, 1, 1]. */
function numbered(...values: number[]): Tensor<'float32'> {
  return float32([values.length, 1, 1, 1], values);
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
  const pool = new ImagePool(size);
  const returned = expected.map((_, index) => pool.query(numbered(index), draws).data[0]);
  expect(returned).toEqual(expected);
  expect([used.uniforms, used.slots]).toEqual(recordedIntegers('out_used.i64.bin'));
});

test('size 0 passes every batch through and draws nothing', () => {
  const images = numbered(1, 2);
  expect(new ImagePool(0).query(images, never)).toBe(images);
});

test('draws nothing while it fills', () => {
  expect(new ImagePool(2).query(numbered(1, 2), never).data).toEqual(Float32Array.of(1, 2));
});

test('exactly one half does not swap', () => {
  const pool = new ImagePool(1);
  pool.query(numbered(7), never);
  const { draws, used } = replay([0.5, 0.5000001], [0]);
  expect(pool.query(numbered(8), draws).data[0]).toBe(8);
  expect(used.slots).toBe(0);
  expect(pool.query(numbered(9), draws).data[0]).toBe(7);
  expect(pool.contents()?.data).toEqual(Float32Array.of(9));
});

test('a batch may return a picture that the same batch put in', () => {
  const pool = new ImagePool(1);
  const { draws } = replay([0.9, 0.9], [0, 0]);
  expect(pool.query(numbered(1, 2, 3), draws).data).toEqual(Float32Array.of(1, 1, 2));
});

test('keeps its own copy of a picture', () => {
  const pool = new ImagePool(1);
  const images = numbered(4);
  pool.query(images, never);
  images.data[0] = 99;
  expect(pool.contents()?.data[0]).toBe(4);
});

test('a restored pool goes on exactly, half full or full', () => {
  const size = 4;
  const images = (step: number) =>
    float32(
      [2, 3, 2, 2],
      Random.of(1, 'picture', step).fill(24, (r) => r.normal()),
    );
  const draws = (step: number) => Random.of(1, 'pool', step);
  for (const stop of [0, 1, 5]) {
    const straight = new ImagePool(size);
    for (let step = 0; step < stop; step++) straight.query(images(step), draws(step));
    const resumed = ImagePool.restore(size, straight.contents());
    for (let step = stop; step < 20; step++) {
      expect(resumed.query(images(step), draws(step))).toEqual(straight.query(images(step), draws(step)));
    }
    expect(resumed.contents()).toEqual(straight.contents());
  }
});

test('contents have a slot a row', () => {
  const pool = new ImagePool(3);
  expect(pool.contents()).toBeUndefined();
  pool.query(float32([2, 1, 1, 2], [1, 2, 3, 4]), never);
  expect(pool.contents()).toEqual(float32([2, 1, 1, 2], [1, 2, 3, 4]));
});

test('bad arguments are refused with the value seen', () => {
  expect(() => new ImagePool(-1)).toThrow('an integer of at least 0, got -1');
  expect(() => ImagePool.restore(1, numbered(1, 2))).toThrow('size 1 cannot be restored from 2 pictures');
  const pool = new ImagePool(3);
  pool.query(numbered(1), never);
  expect(() => pool.query(float32([1, 1, 1, 2], [1, 2]), never)).toThrow(
    'pictures [1, 1, 1] was given pictures [1, 1, 2]',
  );
});
