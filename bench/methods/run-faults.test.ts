import { describe, expect, it } from 'vitest';
import { leastPreviewChange, lossCourses, runFaults } from './run-faults.ts';
import type { RunRecord } from './run-record.ts';

/** A run of 20 steps whose loss goes from 2 to 1 and whose previews change. */
function goodRun(losses: (step: number) => Record<string, number | string> = falling): RunRecord {
  const lines = Array.from({ length: 20 }, (_, index) => ({
    step: index + 1,
    losses: losses(index + 1),
    seconds: index,
  }));
  return { lines, previews: [{ from: 'A', change: leastPreviewChange }] };
}

const falling = (step: number) => ({ G: 2 - step / 20, D: 0.5 });

describe('runFaults', () => {
  it('finds nothing in a good run', () => {
    expect(runFaults(goodRun(), 20)).toEqual([]);
  });

  it('names a loss that is not finite, and where', () => {
    const run = goodRun((step) => (step === 7 ? { G: 'NaN', D: 0.5 } : falling(step)));
    expect(runFaults(run, 20)).toEqual(['loss G is NaN at step 7']);
  });

  it('takes a loss that only some of the steps have', () => {
    const run = goodRun((step) => (step % 3 === 0 ? { G: 2 - step / 20, D: 0.5 } : { D: 0.5 }));
    expect(runFaults(run, 20)).toEqual([]);
    expect(lossCourses(run).find(({ name }) => name === 'G')).toMatchObject({ first: 1.85 });
  });

  it('tells that no loss fell', () => {
    const run = goodRun((step) => ({ G: 1 + step / 100, D: 0.5 }));
    expect(runFaults(run, 20)).toEqual(['no loss fell by 5 %: G 1.015 to 1.195, D 0.500 to 0.500']);
  });

  it('takes a negative loss that falls further for one that fell', () => {
    expect(
      runFaults(
        goodRun((step) => ({ D: -step })),
        20,
      ),
    ).toEqual([]);
  });

  it('tells that steps are missing, or there twice', () => {
    const { lines, previews } = goodRun();
    expect(runFaults({ lines, previews }, 40)).toEqual(['the metrics end at step 20, not 40']);
    expect(runFaults({ lines: [...lines.slice(0, 1), ...lines], previews }, 20)).toEqual([
      '1 steps are in the metrics twice',
    ]);
  });

  it('tells that a preview is missing, or did not change', () => {
    const { lines } = goodRun();
    expect(runFaults({ lines, previews: [] }, 20)).toEqual(['there is no preview']);
    expect(runFaults({ lines, previews: [{ from: 'B', change: 0.5 }] }, 20)).toEqual([
      'the preview from B changed by 0.50, less than 2',
    ]);
  });
});

it('averages the first and the last tenth of a loss', () => {
  expect(lossCourses(goodRun((step) => ({ G: step })))).toEqual([{ name: 'G', first: 1.5, last: 19.5 }]);
});
