import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { arrivalTimes } from '../arrivals.ts';
import type { SignalTargets } from './signal.ts';
import { type SimulatedRequest, type SimulationSettings, simulate } from './simulation.ts';

const targets: SignalTargets = {
  queued: 1,
  queuedWindowSeconds: 0,
  utilisation: undefined,
  utilisationWindowSeconds: 0,
};
/** One replica of one lane that stays one. */
const single: SimulationSettings = {
  lanes: 1,
  queueLimit: Number.MAX_SAFE_INTEGER,
  balance: 'random',
  minReplicas: 1,
  maxReplicas: 1,
  tolerance: 0.1,
  up: { stabilizationSeconds: 0, policies: [{ type: 'pods', value: 100, periodSeconds: 15 }] },
  down: { stabilizationSeconds: 0, policies: [{ type: 'pods', value: 100, periodSeconds: 15 }] },
  targets,
  startUpSeconds: 30,
  scrapeSeconds: 15,
  syncSeconds: 15,
  durationSeconds: 60,
  seed: 1,
};

/** Arrivals at the times given, with the same service time for all; the requests in the order of their ends. */
function run(settings: SimulationSettings, arrivals: readonly number[], seconds: number) {
  const requests: SimulatedRequest[] = [];
  const result = simulate(
    settings,
    arrivals,
    () => seconds,
    (request) => requests.push(request),
  );
  return { result, requests };
}

describe('D/D/1', () => {
  const eachSecond = Array.from({ length: 20 }, (_, index) => index);

  it('has no wait below capacity, and one that grows by the excess above it', () => {
    for (const { arrival, begin, end } of run(single, eachSecond, 1).requests)
      expect([begin, end]).toEqual([arrival, arrival + 1]);
    const { requests, result } = run(single, eachSecond, 1.5);
    expect(requests.map(({ arrival, begin }) => begin - arrival)).toEqual(
      eachSecond.map((index) => 0.5 * index),
    );
    expect(result).toMatchObject({ offered: 20, refused: 0 });
  });

  it('refuses what has no room: two wait, so of each further three one gets in', () => {
    // Service of three seconds: at 0 it begins one, 1 and 2 wait; at 3 one ends before the arrival at 3.
    const { requests, result } = run({ ...single, queueLimit: 2 }, eachSecond, 3);
    expect(requests.map(({ arrival }) => arrival)).toEqual([0, 1, 2, 3, 6, 9, 12, 15, 18]);
    expect(result.refused).toBe(11);
  });

  it('serves as many at once as there are lanes', () => {
    const { requests } = run({ ...single, lanes: 2 }, [0, 0, 0, 0, 0], 1);
    expect(requests.map(({ begin }) => begin)).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('M/M/1', () => {
  const random = Random.of(7, 'times');
  const exponential = () => -Math.log(1 - random.uniform());

  it('waits 1 / (mu - lambda) - 1 / mu on average, within 99.9 % confidence', () => {
    const [lambda, mean, count] = [0.5, 1, 40];
    const stretches = [{ seconds: 80_000, requestsPerSecond: lambda }];
    const waits: number[] = [];
    const settings = { ...single, durationSeconds: 80_000, scrapeSeconds: 1e5, syncSeconds: 1e5 };
    simulate(settings, arrivalTimes(stretches, 'poisson', Random.of(7)), exponential, (request) =>
      waits.push(request.begin - request.arrival),
    );
    // Means of batches are nearly independent; Student's t of 39 degrees of freedom at 99.95 % is 3.56.
    const size = Math.floor(waits.length / count);
    const means = Array.from({ length: count }, (_, batch) => {
      const part = waits.slice(batch * size, (batch + 1) * size);
      return part.reduce((sum, wait) => sum + wait, 0) / size;
    });
    const average = means.reduce((sum, each) => sum + each, 0) / count;
    const variance = means.reduce((sum, each) => sum + (each - average) ** 2, 0) / (count - 1);
    const halfWidth = 3.56 * Math.sqrt(variance / count);
    expect(halfWidth).toBeLessThan(0.15);
    expect(Math.abs(average - (1 / (1 / mean - lambda) - mean))).toBeLessThan(halfWidth);
  });

  it('refuses (1 - rho) rho^K / (1 - rho^(K + 1)) of the requests when K fit', () => {
    const rho = 0.8;
    const stretches = [{ seconds: 50_000, requestsPerSecond: rho }];
    const settings = {
      ...single,
      queueLimit: 3,
      durationSeconds: 50_000,
      scrapeSeconds: 1e5,
      syncSeconds: 1e5,
    };
    const { offered, refused } = simulate(
      settings,
      arrivalTimes(stretches, 'poisson', Random.of(8)),
      exponential,
    );
    const expected = ((1 - rho) * rho ** 4) / (1 - rho ** 5);
    // 40,000 arrivals, of which an eighth is refused in bursts.
    expect(Math.abs(refused / offered - expected)).toBeLessThan(0.012);
  });
});

describe('the autoscaler in the loop', () => {
  // Two a second for a lane that does one: ten wait after ten seconds, and the queue grows by one a second.
  const twice = Array.from({ length: 240 }, (_, index) => index / 2);
  const growing = { ...single, maxReplicas: 4, durationSeconds: 120, targets: { ...targets, queued: 5 } };

  it('scrapes, decides, starts a replica, and has it after the start-up', () => {
    const { result } = run(growing, twice, 1);
    const at = (second: number) => result.series.find((point) => point.second === second);
    // The scrape at 7.5 s sees 7 or 8 waiting; at 15 s that asks for two replicas, which are there at 45 s.
    expect(at(14)).toMatchObject({ ready: 1, replicas: 1 });
    expect(at(16)).toMatchObject({ ready: 1, replicas: 2 });
    expect(at(44)).toMatchObject({ ready: 1 });
    expect(at(46)).toMatchObject({ ready: 2 });
    expect(result.mostReplicas).toBe(4);
  });

  it('counts what replicas cost, also while they start and drain', () => {
    const { result } = run({ ...single, minReplicas: 3, maxReplicas: 3 }, [], 1);
    expect(result.replicaMinutes).toBe(3);
    expect(result).toMatchObject({ offered: 0, changes: 0, mostReplicas: 3 });
  });

  it('loses no request when replicas are taken away', () => {
    const burst = Array.from({ length: 60 }, () => 1);
    const { result, requests } = run({ ...growing, startUpSeconds: 0 }, [...burst, 100], 1);
    expect(result.changes).toBeGreaterThan(1);
    expect(result.series.at(-1)).toMatchObject({ replicas: 1, queued: 0 });
    expect(requests).toHaveLength(61);
  });

  it('is the same for the same seed', () => {
    const once = run({ ...growing, minReplicas: 2 }, twice, 1.7).result;
    expect(run({ ...growing, minReplicas: 2 }, twice, 1.7).result).toEqual(once);
    expect(run({ ...growing, minReplicas: 2, seed: 2 }, twice, 1.7).result).not.toEqual(once);
  });
});

it('shares requests out as it is told', () => {
  const three = { ...single, minReplicas: 3, maxReplicas: 3 };
  const begins = (balance: 'round-robin' | 'least', arrivals: number[]) =>
    run({ ...three, balance }, arrivals, 10).requests.map(({ begin }) => begin);
  expect(begins('round-robin', [0, 1, 2, 3])).toEqual([0, 1, 2, 10]);
  expect(begins('least', [0, 1, 2, 3, 11])).toEqual([0, 1, 2, 10, 11]);
});
