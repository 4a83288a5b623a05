import { describe, expect, it } from 'vitest';
import { Autoscaler, type AutoscalerSettings, recommendedReplicas } from './autoscaler.ts';

const settings: AutoscalerSettings = {
  minReplicas: 1,
  maxReplicas: 100,
  tolerance: 0.1,
  up: { stabilizationSeconds: 0, policies: [{ type: 'percent', value: 100_000, periodSeconds: 15 }] },
  down: { stabilizationSeconds: 0, policies: [{ type: 'percent', value: 100, periodSeconds: 15 }] },
};
/** A metric of which each replica should have one. */
const wanting = (total: number) => [{ total, targetPerReplica: 1 }];

describe('the formula', () => {
  // The documentation's example: 200m where 100m is wanted doubles, 50m halves.
  it.each([
    [4, 4 * 200, 100, 8],
    [4, 4 * 50, 100, 2],
    [3, 10, 3, 4],
    [5, 5.4, 1, 5],
    [5, 5.5, 1, 5],
    [5, 5.6, 1, 6],
    [10, 9.1, 1, 10],
    [10, 8.9, 1, 9],
    [7, 0, 1, 0],
    [3, 3 * 0.7 * 3, 0.7, 9],
  ])(
    '%i replicas with %f in all and a target of %f become %i',
    (current, total, targetPerReplica, expected) => {
      expect(recommendedReplicas(current, [{ total, targetPerReplica }], 0.1)).toBe(expected);
    },
  );

  it('takes the largest answer of several metrics', () => {
    const readings = [...wanting(2), { total: 9, targetPerReplica: 2 }];
    expect(recommendedReplicas(3, readings, 0.1)).toBe(5);
  });
});

it('keeps within least and most', () => {
  const bounded = new Autoscaler({ ...settings, minReplicas: 2, maxReplicas: 6 });
  expect(bounded.decide(15, 4, wanting(50))).toBe(6);
  expect(bounded.decide(30, 6, wanting(0))).toBe(2);
});

it('goes down only to the highest recommendation of the window, the first being what it found', () => {
  const down = { ...settings.down, stabilizationSeconds: 60 };
  const scaler = new Autoscaler({ ...settings, down });
  expect(scaler.decide(0, 10, wanting(2))).toBe(10);
  expect(scaler.decide(30, 10, wanting(7))).toBe(10);
  // What it found and the first recommendation are a minute old.
  expect(scaler.decide(60, 10, wanting(2))).toBe(7);
  expect(scaler.decide(89, 7, wanting(2))).toBe(7);
  expect(scaler.decide(90, 7, wanting(2))).toBe(2);
});

it('goes up only to the lowest recommendation of the window', () => {
  const up = { ...settings.up, stabilizationSeconds: 30 };
  const scaler = new Autoscaler({ ...settings, up });
  expect(scaler.decide(0, 2, wanting(8))).toBe(2);
  expect(scaler.decide(15, 2, wanting(5))).toBe(2);
  expect(scaler.decide(30, 2, wanting(9))).toBe(5);
});

it('goes up as fast as the policy that allows most, counted from the begin of its period', () => {
  const policies = [
    { type: 'pods', value: 4, periodSeconds: 60 },
    { type: 'percent', value: 100, periodSeconds: 60 },
  ] as const;
  const scaler = new Autoscaler({ ...settings, up: { ...settings.up, policies } });
  expect(scaler.decide(0, 1, wanting(50))).toBe(5);
  // A minute has not passed: there was 1, so 5 is still the end.
  expect(scaler.decide(30, 5, wanting(50))).toBe(5);
  expect(scaler.decide(60, 5, wanting(50))).toBe(10);
  expect(scaler.decide(120, 10, wanting(50))).toBe(20);
});

it('goes down as slowly as the policy says', () => {
  const policies = [{ type: 'percent', value: 30, periodSeconds: 60 }] as const;
  const scaler = new Autoscaler({ ...settings, down: { stabilizationSeconds: 0, policies } });
  expect(scaler.decide(0, 11, wanting(11))).toBe(11);
  expect(scaler.decide(15, 11, wanting(1))).toBe(7);
  expect(scaler.decide(30, 7, wanting(1))).toBe(7);
  expect(scaler.decide(75, 7, wanting(1))).toBe(4);
});
