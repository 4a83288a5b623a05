import { describe, expect, it } from 'vitest';
import { conditionOf, coordinateTokens } from './coordinates.ts';

describe('coordinateTokens', () => {
  it('are the means of the pixels that a code stands for', () => {
    // 4x4 pixels: (y 4 + x) / 16, in squares of 2 pixels 2.5, 4.5, 10.5 and 12.5 sixteenths.
    expect(coordinateTokens({ height: 2, width: 2 }, 2, 160)).toEqual([25, 45, 105, 125]);
  });

  it('are rounded half to even', () => {
    expect(coordinateTokens({ height: 2, width: 2 }, 2, 16)).toEqual([2, 4, 10, 12]);
    expect(coordinateTokens({ height: 1, width: 4 }, 1, 6)).toEqual([0, 2, 3, 4]);
  });

  it('stay in the vocabulary', () => {
    expect(coordinateTokens({ height: 4, width: 4 }, 1, 4).at(-1)).toBe(3);
  });

  it('span the published vocabulary for the published window', () => {
    const tokens = coordinateTokens({ height: 16, width: 16 }, 16, 512);
    expect([tokens[0], tokens[15], tokens[16], tokens[255]]).toEqual([15, 17, 47, 497]);
  });
});

describe('conditionOf', () => {
  const coordinates = [0, 1, 2, 3, 4, 5];
  const window = { height: 2, width: 3 };

  it('is what the published code finds on a map of one window', () => {
    const published = (top: number, left: number) =>
      conditionOf(coordinates, window, { top, left }, 'published');
    expect(published(0, 0)).toEqual(coordinates);
    expect(published(0, 1)).toEqual([1, 2, 4, 5]);
    expect(published(1, 2)).toEqual([5]);
    expect(published(0, 3)).toEqual([]);
  });

  it('is whole where that is asked for', () => {
    expect(conditionOf(coordinates, window, { top: 1, left: 7 }, 'whole')).toEqual(coordinates);
  });
});
