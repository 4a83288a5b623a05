import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { closedLoop, openLoop, type SendOne } from './loops.ts';

const answered = (intended: number, began: number) => ({
  model: 'm',
  intended: intended - began,
  late: 0,
  latency: performance.now() - intended,
  status: 200,
  code: '',
  stages: new Map<string, number>(),
  retries: 0,
});
const uniform = { arrivals: 'uniform', random: Random.of(1) } as const;

it('goes on sending to a service that stalls, and charges it for every request that was due', async () => {
  const stalled = performance.now() + 400;
  const send: SendOne = async (intended, began) => {
    await sleep(Math.max(0, stalled - performance.now()));
    return answered(intended, began);
  };
  const bounds = { rate: 50, seconds: 0.5, requests: 1000, maxOutstanding: 1000 };
  const figures = await openLoop(send, { ...uniform, ...bounds });
  expect(figures.offered).toBe(25);
  // Of 25 requests 20 were due during the stall: waits of 400, 380, ..., 20 ms.
  expect(figures.latency.max).toBeGreaterThan(350);
  expect(figures.latency.p50).toBeGreaterThan(100);
});

it('keeps the bounds of requests in all and at once, and says what it did not send', async () => {
  let [now, most] = [0, 0];
  const send: SendOne = async (intended, began) => {
    most = Math.max(most, ++now);
    await sleep(300);
    now--;
    return answered(intended, began);
  };
  const bounds = { rate: 200, seconds: 10, requests: 20, maxOutstanding: 5 };
  const figures = await openLoop(send, { ...uniform, ...bounds });
  expect(figures).toMatchObject({ offered: 20, answered: 5, notSent: 15, failures: 0.75 });
  expect(most).toBe(5);
});

it('has as many requests under way as clients, within time and number', async () => {
  let [now, most] = [0, 0];
  const send: SendOne = async (intended, began) => {
    most = Math.max(most, ++now);
    await sleep(5);
    now--;
    return answered(intended, began);
  };
  expect((await closedLoop(send, { clients: 3, seconds: 10, requests: 10 })).offered).toBe(10);
  expect(most).toBe(3);
  const start = performance.now();
  const { offered } = await closedLoop(send, { clients: 2, seconds: 0.1, requests: 100_000 });
  expect(offered).toBeLessThan(60);
  expect(performance.now() - start).toBeLessThan(2000);
});
