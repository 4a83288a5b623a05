import { describe, expect, it } from 'vitest';
import { parseTrainingConfig } from './config/index.ts';
import { scheduleOf } from './schedule.ts';

const schedule = (given: object | undefined, stepsPerEpoch: number, method = 'cut') =>
  scheduleOf(parseTrainingConfig({ method, data: 'photos', schedule: given }), stepsPerEpoch);

describe('in epochs', () => {
  it('is 200 at full rate and 200 down to zero for CUT on horse2zebra, as published', () => {
    const stepsPerEpoch = 1334;
    const { totalSteps, rateAt, epochOf } = schedule(undefined, stepsPerEpoch);
    expect(totalSteps).toBe(400 * stepsPerEpoch);
    const rateInEpoch = (epoch: number) => rateAt(epoch * stepsPerEpoch);
    // lambda_rule(epoch) = 1 - max(0, epoch + epoch_count - n_epochs) / (n_epochs_decay + 1), epoch from 0.
    expect(rateInEpoch(1)).toBe(1);
    expect(rateInEpoch(200)).toBe(1);
    expect(rateInEpoch(201)).toBeCloseTo(1 - 1 / 201, 12);
    expect(rateInEpoch(300)).toBeCloseTo(1 - 100 / 201, 12);
    expect(rateInEpoch(400)).toBeCloseTo(1 - 200 / 201, 12);
    expect(epochOf(totalSteps)).toBe(400);
  });

  it('is 150 and 50 for FastCUT', () => {
    const { totalSteps, rateAt } = schedule(undefined, 10, 'fastcut');
    expect(totalSteps).toBe(2000);
    expect([rateAt(1500), rateAt(1501), rateAt(2000)]).toEqual([1, 1 - 1 / 51, 1 - 50 / 51]);
  });

  it('changes the rate between epochs only', () => {
    const { rateAt, epochOf } = schedule({ constant: 1, decay: 2 }, 3);
    const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const [full, less, least] = [1, 1 - 1 / 3, 1 - 2 / 3];
    expect(steps.map(epochOf)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
    expect(steps.map(rateAt)).toEqual([full, full, full, less, less, less, least, least, least]);
  });
});

describe('in steps', () => {
  it('counts steps, whatever an epoch is', () => {
    const { totalSteps, rateAt, epochOf } = schedule({ unit: 'steps', constant: 2, decay: 3 }, 4);
    expect(totalSteps).toBe(5);
    expect([1, 2, 3, 4, 5].map(rateAt)).toEqual([1, 1, 0.75, 0.5, 0.25]);
    expect([1, 2, 3, 4, 5].map(epochOf)).toEqual([1, 1, 1, 1, 2]);
  });

  it('keeps the full rate to the end where nothing decays', () => {
    const { totalSteps, rateAt } = schedule({ unit: 'steps', constant: 60000, decay: 0 }, 4);
    expect([totalSteps, rateAt(60000)]).toEqual([60000, 1]);
  });

  it('decays from the first step where nothing is constant', () => {
    const { rateAt } = schedule({ unit: 'steps', constant: 0, decay: 3 }, 4);
    expect([1, 2, 3].map(rateAt)).toEqual([0.75, 0.5, 0.25]);
  });
});

describe('with a warm-up', () => {
  it('rises over 20 epochs of EnCo, as published, and is full for what is left of the constant part', () => {
    const { rateAt } = schedule(undefined, 10, 'enco');
    const rateInEpoch = (epoch: number) => rateAt(10 * epoch);
    expect([1, 10, 20, 21, 100].map(rateInEpoch)).toEqual([0.05, 0.5, 1, 1, 1]);
    expect(rateInEpoch(200)).toBeCloseTo(1 - 100 / 101, 12);
  });

  it('counts steps where the schedule does', () => {
    const { rateAt } = schedule({ unit: 'steps', constant: 4, decay: 1, warmUp: 4 }, 100);
    expect([1, 2, 3, 4, 5].map(rateAt)).toEqual([0.25, 0.5, 0.75, 1, 0.5]);
  });
});
