import { expect, it } from 'vitest';
import { Random } from '../src/core/random.ts';
import { arrivalTimes } from './arrivals.ts';

const random = () => Random.of(1, 'arrivals');

it('spaces uniform arrivals evenly, across changes of the rate too', () => {
  const stretches = [
    { seconds: 1, requestsPerSecond: 4 },
    { seconds: 2, requestsPerSecond: 0 },
    { seconds: 1, requestsPerSecond: 2 },
  ];
  expect([...arrivalTimes(stretches, 'uniform', random())]).toEqual([0, 0.25, 0.5, 0.75, 3, 3.5]);
  const slowing = [
    { seconds: 0.5, requestsPerSecond: 1 },
    { seconds: 2, requestsPerSecond: 0.5 },
  ];
  expect([...arrivalTimes(slowing, 'uniform', random())]).toEqual([0, 1.5]);
});

it('draws Poisson arrivals: count and gaps as they must be distributed, the same for the same seed', () => {
  const stretches = [{ seconds: 1000, requestsPerSecond: 10 }];
  const times = [...arrivalTimes(stretches, 'poisson', random())];
  // Mean 10,000, standard deviation 100.
  expect(Math.abs(times.length - 10_000)).toBeLessThan(300);
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  // Exponential: a share of exp(-1) of the gaps is longer than the mean.
  const longer = gaps.filter((gap) => gap > 0.1).length / gaps.length;
  expect(Math.abs(longer - Math.exp(-1))).toBeLessThan(0.015);
  expect([...arrivalTimes(stretches, 'poisson', random())]).toEqual(times);
});
