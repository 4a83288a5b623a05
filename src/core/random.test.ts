import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('normals', () => {
  it.each([20_000, 20_001])('%d of them are standard normal and not tied to each other', (length) => {
    const values = Random.of(1, 'normals').normals(length);
    const mean = (of: (value: number, index: number) => number) =>
      values.reduce((sum, value, index) => sum + of(value, index), 0) / length;
    expect(values).toHaveLength(length);
    // Four standard errors of each.
    expect(Math.abs(mean((value) => value))).toBeLessThan(4 / Math.sqrt(length));
    expect(Math.abs(mean((value) => value ** 2) - 1)).toBeLessThan(4 * Math.sqrt(2 / length));
    expect(Math.abs(mean((value) => value ** 4) - 3)).toBeLessThan(4 * Math.sqrt(96 / length));
    const next = (value: number, index: number) => value * (values[index + 1] ?? 0);
    expect(Math.abs(mean(next))).toBeLessThan(4 / Math.sqrt(length));
  });

  it('are those of the key', () => {
    const [one, same, other] = [5, 5, 6].map((seed) => [...Random.of(seed, 'a').normals(7)]);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    expect(one).toHaveLength(7);
  });
});
