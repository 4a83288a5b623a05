import { expect, it } from 'vitest';
import { countFlops } from './flops.ts';
import { trainingJson, trainingReport } from './training-report.ts';
import { TrainingStep } from './training-step.ts';

it('counts and records a step of the method, and reports it', async () => {
  const request = { method: 'cut', preset: 'small', side: 32, filters: 2 };
  const step = new TrainingStep(request, { provider: 'cpu', threads: 1 });
  const flops = countFlops(step.training.graph);
  expect([...flops.byOperator.keys()]).toEqual(expect.arrayContaining(['Conv', 'MatMul']));
  const times = await step.profile();
  expect(times.operators.map(({ operator }) => operator)).toContain('Conv');
  const inOperators = times.operators.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  expect(inOperators).toBeLessThanOrEqual(times.milliseconds);

  // A step of 2 s, which is a median of three, against products of 2 and 4 times its rate.
  const rate = flops.total / 1e9 / 2;
  const measured = { method: 'cut', side: 32, filters: 2, batchSize: 1, flops, times };
  const measurement = {
    preset: 'small',
    provider: 'cpu',
    threads: 1,
    steps: [
      {
        ...measured,
        stepTimes: [2000, 1000, 4000],
        ceilings: [4 * rate, 2 * rate, 2 * rate],
        earlier: { revision: 'v1', stepTimes: [4000, 4000, 4000] },
      },
    ],
  };
  expect(trainingReport(measurement)).toMatch(/cut +1 of 32x32 +2 +3 .* 2000 .* 25\.0 % +25\.0 %/);
  expect(trainingReport(measurement)).toMatch(/cut at v1 +1 of 32x32 +2 +3 .* 4000 .* 12\.5 % +25\.0 %/);
  expect(trainingJson(measurement)).toMatchObject({
    steps: [
      {
        figures: {
          stepMilliseconds: 2000,
          shareOfCeiling: expect.closeTo(0.25),
          shareOfNeighbour: expect.closeTo(0.25),
        },
      },
    ],
  });
});
