import { describe, expect, test } from 'vitest';
import { Prefetch } from './prefetch.ts';

function recording(ahead: number) {
  const made: number[] = [];
  const prefetch = new Prefetch(async (step) => {
    made.push(step);
    return step * 10;
  }, ahead);
  return { made, prefetch };
}

describe('Prefetch', () => {
  test('makes the next steps in advance, and each once', async () => {
    const { made, prefetch } = recording(2);
    expect(await prefetch.take(0)).toBe(0);
    expect(made).toEqual([0, 1, 2]);
    expect(await prefetch.take(1)).toBe(10);
    expect(made).toEqual([0, 1, 2, 3]);
  });

  test('gives any step that is asked for, and forgets what is far from it', async () => {
    const { made, prefetch } = recording(1);
    expect(await prefetch.take(5)).toBe(50);
    expect(await prefetch.take(100)).toBe(1000);
    expect(await prefetch.take(5)).toBe(50);
    expect(made).toEqual([5, 6, 100, 101, 5, 6]);
  });

  test('makes nothing in advance when told so', async () => {
    const { made, prefetch } = recording(0);
    await prefetch.take(3);
    expect(made).toEqual([3]);
  });

  test('a step that fails in advance fails when it is taken, not before', async () => {
    const prefetch = new Prefetch(async (step: number) => {
      if (step === 1) throw new Error('step 1');
      return step;
    }, 1);
    expect(await prefetch.take(0)).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(prefetch.take(1)).rejects.toThrow('step 1');
  });
});
