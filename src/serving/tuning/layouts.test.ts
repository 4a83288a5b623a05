import { describe, expect, it } from 'vitest';
import { candidateLayouts, chooseLayout } from './layouts.ts';

describe('candidateLayouts', () => {
  it('share the threads out among few numbers of lanes', () => {
    expect(candidateLayouts(1, false)).toEqual([{ lanes: 1, threadsPerLane: 1 }]);
    expect(candidateLayouts(7, false)).toEqual([
      { lanes: 1, threadsPerLane: 7 },
      { lanes: 2, threadsPerLane: 3 },
      { lanes: 4, threadsPerLane: 1 },
    ]);
  });

  it('are one lane or two on a GPU', () => {
    expect(candidateLayouts(31, true)).toEqual([
      { lanes: 1, threadsPerLane: 1 },
      { lanes: 2, threadsPerLane: 1 },
    ]);
  });
});

describe('chooseLayout', () => {
  const layout = (lanes: number, rates: Record<string, readonly number[]>) => ({
    lanes,
    threadsPerLane: 8 / lanes,
    rates,
  });

  it('takes the highest median, whatever one round says', () => {
    const measured = [
      layout(1, { a: [10, 10, 10] }),
      layout(2, { a: [15, 2, 14] }),
      layout(4, { a: [12, 12, 90] }),
    ];
    expect(chooseLayout(measured)).toEqual({ lanes: 2, threadsPerLane: 4 });
  });

  it('keeps to fewer lanes where more are not clearly faster', () => {
    expect(chooseLayout([layout(2, { a: [10.2] }), layout(1, { a: [10] })])).toEqual({
      lanes: 1,
      threadsPerLane: 8,
    });
  });

  it('lets every model count alike, however fast it is', () => {
    // In two lanes the small model is half as fast again, the large one half as fast: the mean is below 1.
    const measured = [layout(1, { small: [1000], large: [1] }), layout(2, { small: [1500], large: [0.5] })];
    expect(chooseLayout(measured)).toEqual({ lanes: 1, threadsPerLane: 8 });
  });
});
