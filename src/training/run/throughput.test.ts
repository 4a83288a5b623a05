import { expect, test } from 'vitest';
import { Throughput } from './throughput.ts';

function timed(windowSeconds: number) {
  let seconds = 1000;
  const throughput = new Throughput({ windowSeconds, now: () => seconds });
  return {
    throughput,
    step: (length: number, images: number) => {
      seconds += length;
      throughput.add(images);
    },
  };
}

test('nothing is known at first', () => {
  expect(timed(60).throughput.perSecond()).toBe(0);
});

test('images over time since the start while the window is not full', () => {
  const { throughput, step } = timed(60);
  step(2, 4);
  expect(throughput.perSecond()).toBe(2);
  step(2, 12);
  expect(throughput.perSecond()).toBe(4);
});

test('what is older than the window is forgotten', () => {
  const { throughput, step } = timed(10);
  step(30, 1); // a slow start
  for (let count = 0; count < 10; count++) step(1, 5);
  expect(throughput.perSecond()).toBe(5);
});

test('a step longer than the window still counts', () => {
  const { throughput, step } = timed(10);
  step(40, 8);
  expect(throughput.perSecond()).toBe(0.2);
  step(20, 8);
  expect(throughput.perSecond()).toBe(0.4);
});
