import { expect, it } from 'vitest';
import { methodsReport } from './methods-report.ts';

it('has a row a method, one a loss, and what was wrong', () => {
  const result = {
    steps: 500,
    stepsPerSecond: 2.345,
    losses: [{ name: 'G', first: 4, last: 2.5 }],
    previews: [{ from: 'A' as const, change: 21.04 }],
    figures: [],
  };
  const psnr = {
    metric: 'psnr' as const,
    against: 'pair' as const,
    better: 'higher' as const,
    translated: { value: 18.25, pictures: 4 },
  };
  const text = methodsReport({
    steps: 500,
    size: 64,
    filters: 16,
    results: [
      {
        ...result,
        method: 'cut',
        models: ['cut-a2b'],
        figures: [{ model: 'cut-a2b', figures: [psnr] }],
        faults: [],
      },
      { ...result, method: 'enco', losses: [], previews: [], models: [], faults: ['there is no preview'] },
    ],
  });
  expect(text).toMatch(/^cut +500 +2\.35 +21\.0 +cut-a2b +ok$/m);
  expect(text).toMatch(/^enco +500 .*FAILED$/m);
  expect(text).toMatch(/^cut G +4\.000 +2\.500$/m);
  expect(text).toMatch(/^cut-a2b +PSNR to the pair +higher +18\.25 +-$/m);
  expect(text).toMatch(/^enco: there is no preview$/m);
});
