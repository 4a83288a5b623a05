import { expect, it } from 'vitest';
import { ExpectedRuns } from './expected-runs.ts';

it('are counted down by request, and gone with it', () => {
  const expected = new ExpectedRuns();
  const drawing = expected.add('prior', 3, 1);
  const sampling = expected.add('step', 1, 4);
  drawing.made();
  expect(expected.all).toEqual([
    { network: 'prior', items: 2 },
    { network: 'step', items: 1 },
  ]);
  expect(expected.sideBySide).toBe(5);
  // A step that its lane has lost is made once more.
  sampling.made();
  sampling.made();
  drawing.end();
  drawing.end();
  expect(expected.all).toEqual([{ network: 'step', items: 0 }]);
  expect(expected.sideBySide).toBe(4);
});
