import { expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { EventQueue } from './event-queue.ts';

it('lets events happen by time, and those at one time as they were added', () => {
  const queue = new EventQueue();
  const random = Random.of(3);
  const times = Array.from({ length: 300 }, () => random.integer(40));
  const happened: [number, number][] = [];
  for (const [order, time] of times.entries()) queue.at(time, () => happened.push([queue.now, order]));
  queue.run();
  const expected = times.map((time, order): [number, number] => [time, order]);
  expect(happened).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j));
});

it('takes in what is added while it runs', () => {
  const queue = new EventQueue();
  const happened: string[] = [];
  queue.at(1, () => {
    happened.push('one');
    queue.at(3, () => happened.push('three'));
  });
  queue.at(2, () => happened.push('two'));
  queue.run();
  expect(happened).toEqual(['one', 'two', 'three']);
  expect(queue.now).toBe(3);
});
