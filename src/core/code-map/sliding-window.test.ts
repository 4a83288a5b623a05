import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowAt } from './sliding-window.ts';

const published = { height: 16, width: 16 };

describe('windowAt', () => {
  it.each([
    [0, 0, 0],
    [8, 0, 8],
    [9, 1, 8],
    [12, 4, 8],
    [13, 4, 9],
    [19, 4, 15],
  ])('lays the published window on 20 columns, for column %d from %d on', (column, left, own) => {
    const map = { height: 16, width: 20 };
    expect(windowAt(map, published, 3, column)).toEqual({ top: 0, left, row: 3, column: own });
  });

  it('goes down as it goes to the right', () => {
    expect(windowAt({ height: 40, width: 16 }, published, 30, 5)).toEqual({
      top: 22,
      left: 0,
      row: 8,
      column: 5,
    });
  });

  it('stays on the map and over the place, for all sizes', () => {
    const side = fc.integer({ min: 1, max: 12 });
    const more = fc.integer({ min: 0, max: 15 });
    fc.assert(
      fc.property(side, side, more, more, fc.nat(), fc.nat(), (height, width, down, right, y, x) => {
        const map = { height: height + down, width: width + right };
        const [row, column] = [y % map.height, x % map.width];
        const view = windowAt(map, { height, width }, row, column);
        expect([view.top + view.row, view.left + view.column]).toEqual([row, column]);
        expect(view.top).toBeGreaterThanOrEqual(0);
        expect(view.left).toBeGreaterThanOrEqual(0);
        expect(view.top + height).toBeLessThanOrEqual(map.height);
        expect(view.left + width).toBeLessThanOrEqual(map.width);
        expect(view.row).toBeGreaterThanOrEqual(0);
        expect(view.column).toBeLessThan(width);
      }),
    );
  });

  it('refuses a map that is smaller than the window', () => {
    expect(() => windowAt({ height: 16, width: 15 }, published, 0, 0)).toThrow(
      'at least the 16 x 16 codes of the window, got 16 x 15',
    );
  });
});
