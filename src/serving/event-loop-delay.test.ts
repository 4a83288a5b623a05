import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { monitorDelay } from './event-loop-delay.ts';

/** Nothing else happens on this thread meanwhile. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('is the lateness alone, not the interval that it is measured at', async () => {
  const read = monitorDelay();
  await sleep(300);
  // Half the ticks of an idle thread are late by less than the interval of 10 ms, of which none is in the figure.
  expect(read().p50).toBeLessThan(0.01);
});

it('tells how long the thread was blocked, once', async () => {
  const read = monitorDelay();
  await sleep(50);
  block(200);
  await sleep(50);
  const { max, p50, p99 } = read();
  expect(max).toBeGreaterThan(0.15);
  expect(p99).toBeLessThanOrEqual(max);
  expect(p50).toBeLessThan(max);
  await sleep(50);
  expect(read().max).toBeLessThan(0.15);
});

it('is nothing before the first tick', () => {
  expect(monitorDelay()()).toEqual({ p50: 0, p99: 0, max: 0 });
});
