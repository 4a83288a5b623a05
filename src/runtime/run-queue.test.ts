import { describe, expect, it } from 'vitest';
import { RunQueue } from './run-queue.ts';

const answer = {
  outputs: {},
  missing: [],
  lane: 0,
  laneMilliseconds: 0,
  residentBytes: 0,
  cacheBytes: 0,
};
const keys = (queue: RunQueue) => [...queue].map((task) => task.key);

describe('RunQueue', () => {
  it('keeps the order of arrival, and gives back its place to a run that returns', () => {
    const queue = new RunQueue();
    const [first, second] = ['a', 'b', 'c'].map((key) => queue.enter(key, {}));
    if (first === undefined || second === undefined) throw new Error('two runs were entered');
    queue.take(first);
    queue.take(second);
    queue.putBack(second);
    queue.putBack(first);
    expect(keys(queue)).toEqual(['a', 'b', 'c']);
    expect(queue.length).toBe(3);
  });

  it('may be emptied while it is walked', () => {
    const queue = new RunQueue();
    for (const key of ['a', 'b', 'c']) queue.enter(key, {});
    for (const task of queue) queue.take(task);
    expect(queue.length).toBe(0);
  });

  it('settles when the runs of a model have their answers, wherever they are', async () => {
    const queue = new RunQueue();
    const mine = queue.enter('mine', {});
    queue.enter('other', {});
    queue.take(mine);
    let isSettled = false;
    const settled = queue.settled('mine').then(() => {
      isSettled = true;
    });
    await Promise.resolve();
    expect(isSettled).toBe(false);
    mine.resolve(answer);
    await settled;
    expect(isSettled).toBe(true);
  });

  it('settles after failures too', async () => {
    const queue = new RunQueue();
    const task = queue.enter('a', {});
    task.reject(new Error('lost'));
    await expect(task.answer).rejects.toThrow('lost');
    await queue.settled();
  });
});
